"""Sending domains: DKIM keys, DNS records and their problems, and the ownership of domains."""
