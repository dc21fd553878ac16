"""Issue and check the access and refresh tokens of the main API."""
