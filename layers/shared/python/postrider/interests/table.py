"""Interests in the accounts table."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from postrider.names import NameItem


class InterestItem(NameItem, discriminator="interest"):
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    alias = UnicodeAttribute(null=True)
