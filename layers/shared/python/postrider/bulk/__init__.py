"""Changes of many contacts at once: tags and interests, by ids or by a filter, and the emptying of a list."""
