"""Manage users, the people who log in."""
