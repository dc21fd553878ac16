"""Webhooks: URLs that an account has called for its events, and the callbacks to them."""
