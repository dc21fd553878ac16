"""Implement the ports on AWS, and in memory for tests."""
