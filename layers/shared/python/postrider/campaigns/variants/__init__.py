"""Variants of the content of a campaign: languages, and the arms of a test."""
