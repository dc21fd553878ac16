"""Define the interfaces to the outside as Protocols and exceptions."""
