"""The storage of journeys in memory, for tests of many schedules; test_storage.py holds it to the same rules as DynamoDB's."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from postrider.contacts.model import block_of
from postrider.journeys.model import ActionClock, DueBatch, Entry, WaitingGroup
from postrider.journeys.repository import FIRST_GROUPS_AT_ONCE, ITEMS_A_GROUP
from postrider.kit.clock import unix
from postrider.storage.dynamo import TRANSACT_ITEMS


class MemoryJourneys:
    def __init__(self) -> None:
        self._entries: dict[tuple[str, int, int], Entry] = {}
        self._events: set[tuple[str, int, int, str]] = set()
        self._groups: dict[tuple[str, int, int, int, str], WaitingGroup] = {}
        self._due: dict[tuple[str, int], dict[str, WaitingGroup]] = {}
        self._batches: dict[tuple[str, int], dict[str, DueBatch]] = {}
        self._left: Counter[tuple[str, int]] = Counter()
        self._clocks: dict[tuple[str, int], ActionClock] = {}

    def entries(self, account_id: str, workflow_id: int, contact_ids: Collection[int]) -> dict[int, Entry]:
        known = ((contact_id, self._entries.get((account_id, workflow_id, contact_id))) for contact_id in contact_ids)
        return {contact_id: entry for contact_id, entry in known if entry is not None}

    def entries_of_block(
        self, account_id: str, workflow_id: int, block: int, first: int, last: int
    ) -> dict[int, Entry]:
        contact_ids = range(first, last + 1)
        return self.entries(account_id, workflow_id, [number for number in contact_ids if block_of(number) == block])

    def put_entries(self, account_id: str, workflow_id: int, changes: Sequence[tuple[Entry | None, Entry]]) -> set[int]:
        refused = set()
        for before, after in changes:
            key = account_id, workflow_id, after.contact_id
            stored = self._entries.get(key)
            if (stored and stored.number) != (before and before.number):
                refused.add(after.contact_id)
            else:
                self._entries[key] = replace(after, entered_at=after.entered_at.replace(microsecond=0), removed=False)
        return refused

    def remove_entry(self, account_id: str, workflow_id: int, entry: Entry) -> bool:
        key = account_id, workflow_id, entry.contact_id
        if key not in self._entries or self._entries[key].number != entry.number:
            return False
        self._entries[key] = replace(self._entries[key], removed=True)
        return True

    def has_entered(self, account_id: str, workflow_id: int, block: int, event: str) -> bool:
        return (account_id, workflow_id, block, event) in self._events

    def groups_of_block(self, account_id: str, workflow_id: int, block: int) -> list[WaitingGroup]:
        groups = sorted(self._groups.items())
        return [group for key, group in groups if key[:3] == (account_id, workflow_id, block)]

    def groups(
        self, account_id: str, workflow_id: int, action_id: int, block: int, group_ids: Iterable[str]
    ) -> list[WaitingGroup]:
        keys = ((account_id, workflow_id, block, action_id, group_id) for group_id in dict.fromkeys(group_ids))
        return [self._groups[key] for key in keys if key in self._groups]

    def put_groups(self, groups: Sequence[WaitingGroup]) -> None:
        for group in groups:
            stored = replace(
                group, since=group.since.replace(microsecond=0), due_at=group.due_at.replace(microsecond=0)
            )
            self._groups[_key(group)] = stored
            self._due.setdefault((group.account_id, group.action_id), {})[_place(group)] = stored

    def put_first_groups(self, groups: Sequence[WaitingGroup], event: str, *, expires_at: datetime) -> None:
        mark = groups[0].account_id, groups[0].workflow_id, groups[0].block, event
        self.put_groups(groups[:-FIRST_GROUPS_AT_ONCE])
        if mark not in self._events:
            self._events.add(mark)
            self.put_groups(groups[-FIRST_GROUPS_AT_ONCE:])

    def move(self, done: Sequence[WaitingGroup], following: Sequence[WaitingGroup], *, left: int = 0) -> bool:
        early = max(0, len(following) - (TRANSACT_ITEMS - len(done) - (left > 0)) // ITEMS_A_GROUP)
        self.put_groups(following[:early])
        if any(_key(group) not in self._groups for group in done):
            return False
        for group in done:
            del self._groups[_key(group)]
        if left:
            self._left[done[0].account_id, done[0].action_id] += left
        self.put_groups(following[early:])
        return True

    def delete(self, groups: Iterable[WaitingGroup]) -> None:
        for group in groups:
            self._groups.pop(_key(group), None)
            self._due.get((group.account_id, group.action_id), {}).pop(_place(group), None)

    def waiting(
        self, account_id: str, action_id: int, *, until: datetime | None = None, start: str = "0"
    ) -> Iterator[tuple[str, WaitingGroup]]:
        high = "9~" if until is None else f"{unix(until):012d}~"
        items = sorted(self._due.get((account_id, action_id), {}).items())
        return iter([(place, group) for place, group in items if start <= place <= high])

    def take(self, batch: DueBatch, groups: Sequence[WaitingGroup]) -> bool:
        assert len(groups) < TRANSACT_ITEMS, "DynamoDB refuses a larger transaction"
        due = self._due.get((batch.account_id, batch.action_id), {})
        if any(_place(group) not in due for group in groups):
            return False
        for group in groups:
            del due[_place(group)]
        self._batches.setdefault((batch.account_id, batch.action_id), {})[batch.run_id] = batch
        return True

    def batches(self, account_id: str, action_id: int) -> list[DueBatch]:
        return [batch for _, batch in sorted(self._batches.get((account_id, action_id), {}).items())]

    def delete_batch(self, batch: DueBatch) -> None:
        self._batches.get((batch.account_id, batch.action_id), {}).pop(batch.run_id, None)

    def left(self, account_id: str, action_id: int) -> int:
        return self._left[account_id, action_id]

    def clock(self, account_id: str, action_id: int) -> ActionClock:
        none = ActionClock(account_id=account_id, action_id=action_id, generation=0, wakes_at=None)
        return self._clocks.get((account_id, action_id), none)

    def set_clock(self, before: ActionClock, after: ActionClock) -> bool:
        key = after.account_id, after.action_id
        stored = self._clocks.get(key)
        if (stored and stored.generation) != (before.generation or None):
            return False
        wakes_at = None if after.wakes_at is None else after.wakes_at.replace(microsecond=0)
        self._clocks[key] = replace(after, wakes_at=wakes_at)
        return True

    def clocks_before(self, moment: datetime) -> list[tuple[str, int]]:
        wakes = sorted((clock.wakes_at, key) for key, clock in self._clocks.items() if clock.wakes_at)
        return [key for wakes_at, key in wakes if wakes_at < moment.replace(microsecond=0)]

    # For assertions

    def everybody_waiting(self) -> list[WaitingGroup]:
        return [*self._groups.values(), *(group for due in self._due.values() for group in due.values())]

    def open_clocks(self) -> list[ActionClock]:
        return [clock for clock in self._clocks.values() if clock.wakes_at is not None]


def _key(group: WaitingGroup) -> tuple[str, int, int, int, str]:
    return group.account_id, group.workflow_id, group.block, group.action_id, group.id


def _place(group: WaitingGroup) -> str:
    return f"{unix(group.due_at):012d}#{group.block:016d}#{group.id}"
