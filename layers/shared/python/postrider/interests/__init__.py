"""Interests: topics of a list that its contacts can choose."""
