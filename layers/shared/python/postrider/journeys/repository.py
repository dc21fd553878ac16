"""Store entries, waiting groups and clocks in DynamoDB.

A group is stored as two items, which are written and deleted together: by block, for a strongly consistent query whether a
contact is in the workflow, and by action in order of time, for a strongly consistent query of the contacts waiting for it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from postrider.contacts.model import BLOCK_SIZE
from postrider.journeys.model import ActionClock, DueBatch, Entry, WaitingGroup
from postrider.journeys.table import (
    BatchItem,
    ClockItem,
    DepartureCountItem,
    DueItem,
    EntryItem,
    EventItem,
    WaitingGroupItem,
)
from postrider.kit.chunks import in_chunks
from postrider.kit.clock import unix
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import (
    TRANSACT_ITEMS,
    batch_get,
    execute_statements,
    insert_statement,
    to_wire,
    transaction,
    was_made,
)
from postrider.storage.workflows_table import WorkflowTableItem

_CONTACT, _EVENT, _GROUP, _BATCH, _CLOCK, _LEFT = "contact#", "event#", "group#", "batch#", "clock", "left"
_OPEN = "open"
ITEMS_A_GROUP = 2
FIRST_GROUPS_AT_ONCE = (TRANSACT_ITEMS - 1) // ITEMS_A_GROUP
"""Maximum number of groups that are stored in one transaction with the mark of their event."""


def _block_key(account_id: str, workflow_id: int, block: int) -> str:
    return f"journey#{account_id}#{workflow_id}#{block}"


def _due_key(account_id: str, action_id: int) -> str:
    return f"due#{account_id}#{action_id}"


def _moment(moment: datetime) -> str:
    return f"{unix(moment):012d}"


class JourneyRepository:
    # Entries

    def entries(self, account_id: str, workflow_id: int, contact_ids: Collection[int]) -> dict[int, Entry]:
        """Return the entries of contacts by contact id, read consistently."""
        keys = [
            (_block_key(account_id, workflow_id, contact_id // BLOCK_SIZE), _CONTACT + padded(contact_id))
            for contact_id in contact_ids
        ]
        return {int(item.contact_id): _entry(item) for item in batch_get(EntryItem, keys)}

    def entries_of_block(
        self, account_id: str, workflow_id: int, block: int, first: int, last: int
    ) -> dict[int, Entry]:
        """Return the entries of the contacts with ids from `first` to `last`, with one consistent query."""
        items = EntryItem.query(
            _block_key(account_id, workflow_id, block),
            EntryItem.sk.between(_CONTACT + padded(first), _CONTACT + padded(last)),
            consistent_read=True,
        )
        return {int(item.contact_id): _entry(item) for item in items}

    def put_entries(self, account_id: str, workflow_id: int, changes: Sequence[tuple[Entry | None, Entry]]) -> set[int]:
        """Store entries (before, after), 25 per call; return the ids of contacts whose entry has changed since it was read."""
        statements = [_statement(account_id, workflow_id, before, after) for before, after in changes]
        errors = execute_statements(statements)
        return {after.contact_id for (_, after), error in zip(changes, errors, strict=True) if error is not None}

    def remove_entry(self, account_id: str, workflow_id: int, entry: Entry) -> bool:
        """Mark an entry as removed; return False if the contact has entered again since it was read."""
        key = _block_key(account_id, workflow_id, entry.contact_id // BLOCK_SIZE)
        item = EntryItem(key, _CONTACT + padded(entry.contact_id))
        return was_made(lambda: item.update([EntryItem.removed.set(True)], condition=EntryItem.number == entry.number))

    def has_entered(self, account_id: str, workflow_id: int, block: int, event: str) -> bool:
        """Return whether all contacts of the block have entered by an event."""
        key = _block_key(account_id, workflow_id, block), _EVENT + event
        return any(batch_get(EventItem, [key]))

    # Groups

    def groups_of_block(self, account_id: str, workflow_id: int, block: int) -> list[WaitingGroup]:
        """Return the groups of a block in a workflow, for all its actions, by one consistent query."""
        items = WaitingGroupItem.query(
            _block_key(account_id, workflow_id, block), WaitingGroupItem.sk.startswith(_GROUP), consistent_read=True
        )
        return [_group(item) for item in items]

    def groups(
        self, account_id: str, workflow_id: int, action_id: int, block: int, group_ids: Iterable[str]
    ) -> list[WaitingGroup]:
        """Return the groups of a block with these ids, read consistently; deleted groups are missing."""
        key = _block_key(account_id, workflow_id, block)
        keys = [(key, f"{_GROUP}{padded(action_id)}#{group_id}") for group_id in group_ids]
        return [_group(item) for item in batch_get(WaitingGroupItem, keys)]

    def put_groups(self, groups: Sequence[WaitingGroup]) -> None:
        """Store groups; storing a group again does not change it."""
        for chunk in in_chunks(groups, TRANSACT_ITEMS // ITEMS_A_GROUP):
            with transaction() as writes:
                for group in chunk:
                    writes.save(_group_item(group))
                    writes.save(_due_item(group))

    def put_first_groups(self, groups: Sequence[WaitingGroup], event: str, *, expires_at: datetime) -> None:
        """Store the first groups of a block for an event, and the mark of this event; repeating it changes nothing.

        If they are too many for one transaction, the others are stored before the last ones and the mark.
        """
        early, late = groups[:-FIRST_GROUPS_AT_ONCE], groups[-FIRST_GROUPS_AT_ONCE:]
        self.put_groups(early)
        last = late[-1]
        key = _block_key(last.account_id, last.workflow_id, last.block)
        mark = EventItem(key, _EVENT + event, expires_at=expires_at)

        def write() -> None:
            with transaction() as writes:
                writes.save(mark, condition=EventItem.pk.does_not_exist())
                for group in late:
                    writes.save(_group_item(group))
                    writes.save(_due_item(group))

        was_made(write)  # another worker has stored them

    def move(self, done: Sequence[WaitingGroup], following: Sequence[WaitingGroup], *, left: int = 0) -> bool:
        """Replace groups of a block by the following groups; return False if another worker has done so.

        `left` is the number of contacts that have left the workflow at this action. If the following groups are too many for
        one transaction, the others are stored before the last ones.
        """
        room = (TRANSACT_ITEMS - len(done) - (left > 0)) // ITEMS_A_GROUP
        early, late = following[: max(0, len(following) - room)], following[max(0, len(following) - room) :]
        self.put_groups(early)

        def write() -> None:
            with transaction() as writes:
                for group in done:
                    writes.delete(_group_item(group), condition=WaitingGroupItem.pk.exists())
                if left:
                    key = _due_key(done[0].account_id, done[0].action_id), _LEFT
                    writes.update(DepartureCountItem(*key), actions=[DepartureCountItem.left.add(left)])
                for group in late:
                    writes.save(_group_item(group))
                    writes.save(_due_item(group))

        return was_made(write)

    def delete(self, groups: Iterable[WaitingGroup]) -> None:
        """Delete groups; a group may occur several times, with different moments."""
        items = (item for group in groups for item in (_group_item(group), _due_item(group)))
        by_key = {(item.pk, item.sk): item for item in items}  # DynamoDB refuses a batch with a repeated key
        with WorkflowTableItem.batch_write() as batch:
            for item in by_key.values():
                batch.delete(item)

    def forget_block(self, account_id: str, workflow_id: int, block: int) -> None:
        """Delete the entries, the marks of events and the groups of a block in a workflow."""
        self.delete(self.groups_of_block(account_id, workflow_id, block))
        items = WorkflowTableItem.query(_block_key(account_id, workflow_id, block), consistent_read=True)
        with WorkflowTableItem.batch_write() as batch:
            for item in items:
                batch.delete(item)

    # Due groups

    def waiting(
        self, account_id: str, action_id: int, *, until: datetime | None = None, start: str = "0"
    ) -> Iterator[tuple[str, WaitingGroup]]:
        """Yield (place, group) of the groups that wait for an action, in order of time, read consistently.

        `start` is the place of the first group.
        """
        low, high = start, "9~" if until is None else f"{_moment(until)}~"
        condition = DueItem.sk.between(low, high)
        for item in DueItem.query(_due_key(account_id, action_id), condition, consistent_read=True):
            yield item.sk, _group(item)

    def take(self, batch: DueBatch, groups: Sequence[WaitingGroup]) -> bool:
        """Take due groups for a run; return False if another worker took one of them."""

        def write() -> None:
            with transaction() as writes:
                writes.save(_batch_item(batch))
                for group in groups:
                    writes.delete(_due_item(group), condition=DueItem.pk.exists())

        return was_made(write)

    def batches(self, account_id: str, action_id: int) -> list[DueBatch]:
        """Return the batches of an action whose run may not have begun."""
        items = BatchItem.query(_due_key(account_id, action_id), BatchItem.sk.startswith(_BATCH), consistent_read=True)
        return [_batch(item) for item in items]

    def delete_batch(self, batch: DueBatch) -> None:
        """Delete a batch whose run has begun."""
        _batch_item(batch).delete()

    def left(self, account_id: str, action_id: int) -> int:
        """Return the number of contacts that left the workflow while they waited for the action."""
        item = next(iter(batch_get(DepartureCountItem, [(_due_key(account_id, action_id), _LEFT)])), None)
        return 0 if item is None else int(item.left)

    # Clocks

    def clock(self, account_id: str, action_id: int) -> ActionClock:
        """Return the clock of an action, read consistently."""
        item = next(iter(batch_get(ClockItem, [(_due_key(account_id, action_id), _CLOCK)])), None)
        return ActionClock(
            account_id=account_id,
            action_id=action_id,
            generation=0 if item is None else int(item.generation),
            wakes_at=None if item is None else item.wakes_at,
        )

    def set_clock(self, before: ActionClock, after: ActionClock) -> bool:
        """Store a clock; return False if another worker has started it since it was read."""
        item = ClockItem(
            _due_key(after.account_id, after.action_id),
            _CLOCK,
            account_id=after.account_id,
            action_id=after.action_id,
            generation=after.generation,
            wakes_at=after.wakes_at,
            clock_mark=None if after.wakes_at is None else _OPEN,
        )
        is_new = ClockItem.pk.does_not_exist()
        condition = ClockItem.generation == before.generation if before.generation else is_new
        return was_made(lambda: item.save(condition=condition))

    def clocks_before(self, moment: datetime) -> list[tuple[str, int]]:
        """Return (account id, action id) of the clocks whose wake-up was due before this moment, in all accounts."""
        items = WorkflowTableItem.clocks.query(_OPEN, WorkflowTableItem.wakes_at < moment)
        keys = (item.pk.split("#") for item in items)
        return [(account_id, int(action_id)) for _, account_id, action_id in keys]


def _statement(account_id: str, workflow_id: int, before: Entry | None, after: Entry) -> dict[str, Any]:
    """Return the statement that stores an entry if `before` is the current one."""
    key = _block_key(account_id, workflow_id, after.contact_id // BLOCK_SIZE)
    values = asdict(after) | {"events": list(after.events), "removed": None}
    item = EntryItem(key, _CONTACT + padded(after.contact_id), **values)
    if before is None:
        return insert_statement(item)
    attributes = {
        name: value for name, value in item.serialize().items() if name not in ("pk", "sk", "kind", "contact_id")
    }
    sets = " ".join(f'SET "{name}" = ?' for name in attributes)
    table = EntryItem.Meta.table_name
    text = f'UPDATE "{table}" {sets} REMOVE "removed" WHERE pk = ? AND sk = ? AND "number" = ?'  # only names
    return {
        "Statement": text,
        "Parameters": [*attributes.values(), to_wire(item.pk), to_wire(item.sk), to_wire(before.number)],
    }


def _entry(item: EntryItem) -> Entry:
    return Entry(
        contact_id=int(item.contact_id),
        number=int(item.number),
        activation=int(item.activation),
        departures=int(item.departures),
        consent_number=int(item.consent_number),
        event=item.event,
        events=tuple(item.events),
        entered_at=item.entered_at,
        removed=bool(item.removed),
    )


def _group_item(group: WaitingGroup) -> WaitingGroupItem:
    key = _block_key(group.account_id, group.workflow_id, group.block)
    return WaitingGroupItem(key, f"{_GROUP}{padded(group.action_id)}#{group.id}", **asdict(group))


def _due_item(group: WaitingGroup) -> DueItem:
    place = f"{_moment(group.due_at)}#{padded(group.block)}#{group.id}"
    return DueItem(_due_key(group.account_id, group.action_id), place, **asdict(group))


def _group(item: WaitingGroupItem) -> WaitingGroup:
    values = {field.name: getattr(item, field.name) for field in fields(WaitingGroup)}
    numbers = ("workflow_id", "action_id", "block", "entry", "activation")
    values |= {name: int(values[name]) for name in numbers} | {"bitmap": bytes(item.bitmap)}
    return WaitingGroup(**values)


def _batch_item(batch: DueBatch) -> BatchItem:
    groups = {str(block): list(group_ids) for block, group_ids in batch.groups.items()}
    return BatchItem(
        _due_key(batch.account_id, batch.action_id), _BATCH + batch.run_id, **(asdict(batch) | {"groups": groups})
    )


def _batch(item: BatchItem) -> DueBatch:
    return DueBatch(
        account_id=item.account_id,
        workflow_id=int(item.workflow_id),
        action_id=int(item.action_id),
        run_id=item.run_id,
        entry=int(item.entry),
        activation=int(item.activation),
        due_at=item.due_at,
        groups={int(block): group_ids for block, group_ids in item.groups.items()},
    )
