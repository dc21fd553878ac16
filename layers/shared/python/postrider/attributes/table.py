"""Custom attributes in the accounts table."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.names import NameItem


class AttributeItem(NameItem, discriminator="attribute"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    type = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
