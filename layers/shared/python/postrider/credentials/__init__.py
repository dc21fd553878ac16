"""Credentials: secrets with which programs call the other dialects for an account."""
