"""Campaign blueprints: the platform's stock of complete contents."""
