"""Senders: confirmed addresses from which mail may be sent."""
