"""Usage: the mails and contacts of an account, against the limits that its partner has set."""
