"""The log: what happened to each contact, by campaign and by list, and the counters that always equal it."""
