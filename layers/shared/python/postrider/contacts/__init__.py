"""Contacts of lists: identity, consent, storage in blocks, listings."""
