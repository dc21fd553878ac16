"""Objects: entities of an account beside contacts, such as companies or courses, and their relations to contacts."""
