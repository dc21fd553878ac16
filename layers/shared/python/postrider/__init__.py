"""Postrider: email marketing that a company runs in its own AWS account."""
