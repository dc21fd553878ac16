"""What became of mailings, in numbers."""
