"""The door for HTTP: apps, entry points, callers, paging parameters, main-API errors."""
