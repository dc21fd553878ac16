"""Rates: who may send how much in this second, over all senders of the deployment."""
