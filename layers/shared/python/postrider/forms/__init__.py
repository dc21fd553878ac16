"""Manage sign-up forms, write their pages and process sign-ups."""
