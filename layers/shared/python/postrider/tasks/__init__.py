"""Tasks: long work on request, with progress and result."""
