"""Tags in the accounts table."""

from pynamodb.attributes import UTCDateTimeAttribute

from postrider.names import NameItem


class TagItem(NameItem, discriminator="tag"):
    created_at = UTCDateTimeAttribute()
