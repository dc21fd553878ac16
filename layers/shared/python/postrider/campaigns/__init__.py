"""Campaigns: one mail to a list or a segment of it, from draft to delivered."""
