"""Requests of one person about their data: all that is stored about an address, and its erasure."""
