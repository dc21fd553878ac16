"""Contact events in the events table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from postrider.storage.dynamo import UnixSeconds
from postrider.storage.events_table import EventsTableItem


class ContactEventItem(EventsTableItem, discriminator="contact_event"):
    """An event: pk `events#<account>#<contact>` or `anonymous#<account>#<anonymous id>`, sk `at#<padded ms>#<event id>`."""

    name = UnicodeAttribute()
    event_kind = UnicodeAttribute()
    properties = JSONAttribute(null=True)


class EventMarkItem(EventsTableItem, discriminator="contact_event_mark"):
    """A mark that a program has reported an event with this id: the same pk, sk `id#<event id>`."""


class SuccessorItem(EventsTableItem, discriminator="successor"):
    """The contact that gets the events of a visitor, or of a contact that is merged into it: pk as theirs, sk `contact`.

    Later events follow until `follows_until`. While a task moves many events of a visitor, `backlog_id` is the contact that
    gets them, and `backlog_until` the moment of its identification: later events do not belong to this backlog.
    """

    contact_id = NumberAttribute()
    follows_until = UnixSeconds()
    backlog_id = NumberAttribute(null=True)
    backlog_until = UnixSeconds(null=True)
