"""Manage accounts, and decide which accounts a caller can act in."""
