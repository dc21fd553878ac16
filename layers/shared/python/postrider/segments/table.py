"""Segments in the directory table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.directory import DirectoryItem


class SegmentItem(DirectoryItem, discriminator="segment"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    language = UnicodeAttribute(null=True)
    expression = JSONAttribute(null=True)
    campaigns_count = NumberAttribute()
    last_used_at = UTCDateTimeAttribute(null=True)
