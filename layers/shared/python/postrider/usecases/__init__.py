"""Verbs that concern several nouns: a noun does not know its users, so what reaches across nouns stands above them."""
