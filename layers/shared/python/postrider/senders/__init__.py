"""Senders: confirmed addresses that mail may come from."""
