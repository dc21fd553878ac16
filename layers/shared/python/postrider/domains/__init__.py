"""Sending domains: keys that sign mail (DKIM), DNS records and what is wrong with them, and which account a domain is of."""
