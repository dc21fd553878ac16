"""Interests: what the contacts of a list may ask to hear about."""
