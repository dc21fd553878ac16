"""Let people confirm a subscription and choose their preferences."""
