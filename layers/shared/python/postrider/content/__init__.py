"""What a mail says: merge tags, links, and the message itself; pure functions of what they are given."""
