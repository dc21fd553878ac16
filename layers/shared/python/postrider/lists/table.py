"""Lists in the directory table."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.directory import DirectoryItem


class ListItem(DirectoryItem, discriminator="list"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    status = UnicodeAttribute()
    default_sender_id = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    language = UnicodeAttribute()
    policy_accepted = BooleanAttribute()
    redirections = JSONAttribute()
    webhook = JSONAttribute()
