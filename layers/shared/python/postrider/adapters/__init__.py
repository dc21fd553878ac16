"""The ports on AWS, and fakes with memory for tests."""
