"""Limits of calls per account and of visits per address."""
