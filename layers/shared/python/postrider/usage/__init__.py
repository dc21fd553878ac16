"""The usage of an account, and the limits that its partner has set."""
