"""Tasks: long work that somebody asked for, its progress and its result."""
