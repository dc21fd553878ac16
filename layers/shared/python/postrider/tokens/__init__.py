"""Tokens: access and refresh tokens of the main API."""
