"""Name the queue of requests to mail a link: to a subscriber, or to a user."""

MAIL_LINKS = "mail-links"
