"""The mails that the platform writes in its own name."""
