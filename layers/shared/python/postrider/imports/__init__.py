"""Import many contacts at once, by one call or from a CSV file."""
