"""Tracking: opens, clicks and the links of a mail."""
