"""Segments: named filters of a list, evaluated when their contacts are read."""
