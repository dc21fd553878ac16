"""Checks of a campaign before it is scheduled: problems that prevent scheduling, and questions to its owner."""
