"""Common tools of all nouns, independent of the domain and without calls to AWS."""
