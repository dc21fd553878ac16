"""Interests in the directory table."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from postrider.directory import DirectoryItem


class InterestItem(DirectoryItem, discriminator="interest"):
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    name = UnicodeAttribute()
    alias = UnicodeAttribute(null=True)
