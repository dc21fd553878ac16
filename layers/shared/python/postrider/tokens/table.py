"""Refresh tokens in the directory table, by their hash."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute

from postrider.directory import DirectoryItem


class RefreshItem(DirectoryItem, discriminator="refresh"):
    account_id = UnicodeAttribute()
    user_account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    lifetime_s = NumberAttribute()
    issued_at = UTCDateTimeAttribute()
