"""Name the queue and the part of imports by one call."""

IMPORT_CONTACTS = "import-contacts"
"""The queue: its worker runs parts of tasks as that of `run-tasks` does, so that files do not delay these imports."""
ROWS = "rows"
"""The only part of such an import."""
