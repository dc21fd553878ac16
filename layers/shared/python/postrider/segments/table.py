"""Segments in the accounts table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class SegmentItem(AccountsTableItem, discriminator="segment"):
    """A segment: sk `segment#<padded list>#<padded id>`."""

    id = NumberAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    language = UnicodeAttribute(null=True)
    expression = JSONAttribute(null=True)
    tree = JSONAttribute(null=True)
    names = JSONAttribute()
    campaigns_count = NumberAttribute()
    last_used_at = UTCDateTimeAttribute(null=True)
