"""Selections bound to a list: an expression, the list's attributes, and what its contacts did with campaigns."""
