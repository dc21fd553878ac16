"""Requests and answers of what people reach with a browser or a mail program, without a web framework."""
