"""Custom attributes in the directory table."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from postrider.directory import DirectoryItem


class AttributeItem(DirectoryItem, discriminator="attribute"):
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    name = UnicodeAttribute()
    type = UnicodeAttribute()
