"""Items of the outbox, and the subscribers of events in the accounts table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from postrider.storage.accounts_table import AccountsTableItem
from postrider.storage.dynamo import UnixSeconds
from postrider.storage.outbox_table import OutboxTableItem


class OutboxItem(OutboxTableItem, discriminator="event"):
    """The events of one transaction. `swept_at` is the moment at which the sweeper last enqueued the item."""

    account_id = UnicodeAttribute()
    events = JSONAttribute()
    swept_at = UnixSeconds(null=True)


class EventSubscriberItem(AccountsTableItem, discriminator="event_subscriber"):
    consumer = UnicodeAttribute()
    subscriber_id = UnicodeAttribute()
    types = UnicodeSetAttribute()
    list_id = NumberAttribute(null=True)
