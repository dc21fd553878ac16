"""Contact events: acts of contacts that systems of the customer report."""
