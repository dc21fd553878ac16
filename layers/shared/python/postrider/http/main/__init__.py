"""Define the main API as a dialect: its callers, errors and parameters."""
