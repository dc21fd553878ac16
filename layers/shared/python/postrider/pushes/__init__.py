"""Push messages: short texts to the devices of a contact."""
