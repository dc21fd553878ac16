"""Provide what every noun uses, without words of the domain and without calls to AWS."""
