"""Consent given by the person: confirming a subscription, and the preference page."""
