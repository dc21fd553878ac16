"""Send the system mails: confirmations and password resets."""
