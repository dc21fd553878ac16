"""Checks of a campaign before it is scheduled: what scheduling refuses, and what its owner should look at."""
