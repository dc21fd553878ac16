"""Programs of third parties that ask users for access to their accounts (OAuth 2.0 clients)."""
