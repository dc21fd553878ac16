"""Custom attributes in the accounts table."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from postrider.names import NameItem


class AttributeItem(NameItem, discriminator="attribute"):
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    type = UnicodeAttribute()
