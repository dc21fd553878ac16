"""Segments: saved selections of a list, computed when they are read."""
