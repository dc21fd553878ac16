"""Changes of many contacts at once: tags and interests, by ids or by selection, and the emptying of a list."""
