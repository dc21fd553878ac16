"""Entry points of queue workers and schedules."""
