"""What SES tells about a mail after it took it: delivered, bounced, complained about."""
