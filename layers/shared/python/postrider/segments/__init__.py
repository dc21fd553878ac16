"""Segments: saved filter_evaluator of a list, computed when they are read."""
