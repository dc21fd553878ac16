"""Items of journeys in the workflows table.

Each item is smaller than 1 KB: the entry of a contact costs one write unit, and a group of up to 1,024 contacts a few.
"""

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from postrider.storage.dynamo import UnixSeconds
from postrider.storage.workflows_table import WorkflowTableItem


class EntryItem(WorkflowTableItem, discriminator="entry"):
    """pk `journey#<account>#<workflow>#<block>`, sk `contact#<padded id>`."""

    contact_id = NumberAttribute()
    number = NumberAttribute()
    activation = NumberAttribute()
    departures = NumberAttribute()
    consent_number = NumberAttribute()
    event = UnicodeAttribute()
    events: ListAttribute[str] = ListAttribute()
    entered_at = UnixSeconds()
    removed = BooleanAttribute(null=True)


class EventItem(WorkflowTableItem, discriminator="entered"):
    """A mark that all contacts of a block have entered by an event: the same pk, sk `event#<digest>`."""


class WaitingGroupItem(WorkflowTableItem, discriminator="group"):
    """A waiting group: the same pk, sk `group#<padded action>#<id>`."""

    account_id = UnicodeAttribute()
    workflow_id = NumberAttribute()
    action_id = NumberAttribute()
    block = NumberAttribute()
    id = UnicodeAttribute()
    entry = NumberAttribute()
    activation = NumberAttribute()
    since = UnixSeconds()
    due_at = UnixSeconds()
    bitmap = BinaryAttribute(legacy_encoding=False)


class DueItem(WaitingGroupItem, discriminator="due"):
    """A waiting group by action: pk `due#<account>#<action>`, sk `<due>#<padded block>#<id>`."""


class BatchItem(WorkflowTableItem, discriminator="due_batch"):
    """Groups that were taken together and whose run has not begun: pk as above, sk `batch#<run>`."""

    account_id = UnicodeAttribute()
    workflow_id = NumberAttribute()
    action_id = NumberAttribute()
    run_id = UnicodeAttribute()
    entry = NumberAttribute()
    activation = NumberAttribute()
    due_at = UnixSeconds()
    groups = JSONAttribute()


class DepartureCountItem(WorkflowTableItem, discriminator="left"):
    """The number of contacts that left the workflow while they waited for the action: pk as above, sk `left`."""

    left = NumberAttribute()


class ClockItem(WorkflowTableItem, discriminator="clock"):
    """The clock of an action: pk as above, sk `clock`. It has a `clock_mark` while contacts wait."""

    account_id = UnicodeAttribute()
    action_id = NumberAttribute()
    generation = NumberAttribute()
