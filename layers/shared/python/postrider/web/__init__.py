"""Requests and answers of the public endpoints for browsers and mail programs, without a web framework."""
