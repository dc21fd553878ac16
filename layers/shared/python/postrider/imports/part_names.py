"""Name the part of imports by one call."""

ROWS = "rows"
"""The only part of such an import."""
