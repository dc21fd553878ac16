"""Groups: named sets of contacts of an account; the main API calls them tags."""
