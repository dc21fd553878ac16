"""The log: events of contacts by campaign and by list, and the counters, which always equal a recount of the log."""
