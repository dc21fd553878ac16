"""The events table: rows of the log, and the counters that are written with them."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from postrider.kit.settings import table_name


class ByList(GlobalSecondaryIndex[Any]):
    """The log of a list: its own rows and those of the mails sent to it."""

    class Meta:
        index_name = "by_list"
        projection = AllProjection()

    list_key = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class EventsTableItem(Model):
    """Rows: pk `log#<account>#<log>#<family>#<shard>`, sk `<padded row id>#<digest of the event id>`.

    Counters: pk `counters#<account>#<log>`, sk `totals#<shard>`, `links#<shard>#<item>` or `sent`. A log is a source, e.g.
    `campaign#17`, or `list#<id>`. Rows expire, counters do not.
    """

    class Meta:
        table_name = table_name("events")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    list_key = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    by_list = ByList()


class RowItem(EventsTableItem, discriminator="row"):
    """One row. The usual values (no machine, the first of its type) are not stored."""

    type = UnicodeAttribute()
    contact_id = NumberAttribute()
    list_id = NumberAttribute()
    source = UnicodeAttribute(null=True)
    is_bot = BooleanAttribute(null=True)
    nth = NumberAttribute(null=True)
    new_link = BooleanAttribute(null=True)
    link_id = NumberAttribute(null=True)
    url = UnicodeAttribute(null=True)
    ip = UnicodeAttribute(null=True)
    user_agent = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)


class BatchItem(EventsTableItem, discriminator="batch"):
    """Rows of one type and moment of many contacts of one block: `members` has two bytes for each, its place there."""

    type = UnicodeAttribute()
    block = NumberAttribute()
    members = BinaryAttribute(legacy_encoding=False)
    list_id = NumberAttribute()
    source = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)


class CountersItem(EventsTableItem, discriminator="counters"):
    """Counters as attributes by their names; written and read as plain items, since the names are data."""
