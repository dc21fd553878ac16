"""The epoch in the accounts table."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class EpochItem(AccountsTableItem, discriminator="epoch"):
    identity = UnicodeAttribute()
    since = UTCDateTimeAttribute()
    unknown_until = UTCDateTimeAttribute(null=True)
    restored_to = UTCDateTimeAttribute(null=True)
