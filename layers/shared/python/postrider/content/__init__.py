"""Compile, merge and write the contents of mails: merge tags, links and the message itself, in pure functions."""
