"""Limit the calls per account and the visits per address."""
