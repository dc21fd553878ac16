"""Accounts: who owns what, and which accounts a caller reaches."""
