"""Lists of contacts and their settings."""
