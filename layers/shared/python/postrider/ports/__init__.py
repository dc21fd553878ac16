"""What the domain asks of the outside world, as Protocols and exceptions."""
