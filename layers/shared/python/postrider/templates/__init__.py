"""Templates: contents that an account keeps to make campaigns and mails from."""
