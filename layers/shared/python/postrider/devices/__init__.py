"""Devices of contacts, which push messages are sent to."""
