"""Acts that cross nouns: a noun does not know which others use it."""
