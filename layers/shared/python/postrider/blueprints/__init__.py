"""Campaign blueprints: a stock of finished contents that comes with the platform."""
