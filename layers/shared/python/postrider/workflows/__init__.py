"""Workflows: mails that follow an event of a contact, as a tree of actions with conditions and delays."""
