"""Messages: one mail to one person, from any source, and its metrics."""
