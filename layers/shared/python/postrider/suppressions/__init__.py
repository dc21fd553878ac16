"""Suppressions: addresses that an account never mails, whatever its lists say."""
