"""The audit log: changes of an account, with user, program and IP address."""
