"""Name the queue of contacts that a call or a form has taken and that are not written yet."""

ADD_CONTACTS = "add-contacts"
"""Its worker runs parts of tasks as that of `run-tasks` does, so that files do not delay imports by one call."""
