"""Delivery: each recipient is mailed at most once, and every recipient has an outcome."""
