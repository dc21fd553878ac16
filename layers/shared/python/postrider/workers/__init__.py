"""Build the entry points of queue workers and schedules."""
