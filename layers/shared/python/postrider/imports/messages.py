"""Name the queue and the part of imports by one call."""

IMPORT_CONTACTS = "import-contacts"
"""The queue. Its worker runs parts of tasks like `run-tasks`; it is separate so that files do not delay these imports."""
ROWS = "rows"
"""The only part of such an import."""
