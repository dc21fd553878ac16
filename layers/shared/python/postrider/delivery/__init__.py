"""Sending of campaigns: at most once to each recipient, and everyone accounted for."""
