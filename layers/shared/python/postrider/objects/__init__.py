"""Objects: things of an account that are no people, such as companies or courses, and the contacts related to them."""
