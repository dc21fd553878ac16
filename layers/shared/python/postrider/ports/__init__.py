"""Define the interfaces to external services as Protocols and exceptions."""
