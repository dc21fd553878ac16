"""Journeys: contacts enter workflows, wait for actions, get their mails, and continue with the next actions."""
