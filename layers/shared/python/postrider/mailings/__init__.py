"""Mailings: a campaign made into messages, for sending, for a look at it, and for a test."""
