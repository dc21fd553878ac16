"""Messages: one mail to one person, whatever sent it, and what became of it."""
