"""Snippets: texts with a name that an account inserts into many contents."""
