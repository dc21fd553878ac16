"""Rows of the log and the counters that are written with them, in the events table."""

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from postrider.storage.events_table import EventsTableItem


class RowItem(EventsTableItem, discriminator="row"):
    """One row. The default values (not a machine, the first of its type) are not stored.

    `mark` is the digest of the event id: it distinguishes a repeated event from another event with the same id.
    """

    mark = UnicodeAttribute()
    type = UnicodeAttribute()
    contact_id = NumberAttribute()
    list_id = NumberAttribute()
    source = UnicodeAttribute(null=True)
    entry = NumberAttribute(null=True)
    is_bot = BooleanAttribute(null=True)
    is_reported = BooleanAttribute(null=True)
    nth = NumberAttribute(null=True)
    new_link = BooleanAttribute(null=True)
    is_new = BooleanAttribute(null=True)
    link_id = NumberAttribute(null=True)
    url = UnicodeAttribute(null=True)
    ip = UnicodeAttribute(null=True)
    user_agent = UnicodeAttribute(null=True)
    device = UnicodeAttribute(null=True)
    client = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)
    mailbox = UnicodeAttribute(null=True)
    group_id = NumberAttribute(null=True)
    variant = NumberAttribute(null=True)


class EventBatchItem(EventsTableItem, discriminator="batch"):
    """Rows of one type and moment of many contacts of one block: `members` has two bytes for each, its place there."""

    mark = UnicodeAttribute()
    type = UnicodeAttribute()
    block = NumberAttribute()
    members = BinaryAttribute(legacy_encoding=False)
    list_id = NumberAttribute()
    source = UnicodeAttribute(null=True)
    entry = NumberAttribute(null=True)
    detail = UnicodeAttribute(null=True)


class CountersItem(EventsTableItem, discriminator="counters"):
    """Counters as attributes by their names, which are data: the items are written and read without a model."""
