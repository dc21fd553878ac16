"""The main API as a dialect: how it knows callers, writes errors and reads parameters."""
