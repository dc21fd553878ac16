"""Mails of any source: their settings and content become messages."""
