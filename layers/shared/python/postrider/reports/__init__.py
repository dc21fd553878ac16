"""What became of campaign_renderer, in numbers."""
