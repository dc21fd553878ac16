"""Lists of contacts and what they are set up with."""
