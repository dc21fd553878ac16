"""Credentials: secrets with which programs call the dialects for an account."""
