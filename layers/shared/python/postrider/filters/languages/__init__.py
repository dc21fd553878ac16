"""The three languages that filters are written in."""
