"""Templates: contents that an account keeps to start campaigns and mails from."""
