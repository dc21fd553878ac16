"""Journeys: contacts enter workflows, wait for actions, get their mails, and go on to the actions that follow."""
