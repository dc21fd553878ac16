"""Contact events: what contacts did, as systems of the customer report it."""
