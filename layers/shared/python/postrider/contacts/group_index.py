"""The index of the members of groups: a group is read without reading its whole list.

`Contact.groups` is authoritative. An entry is written before its contact and stays when the contact leaves the group, so
the index has every member and maybe more contacts: readers check `Contact.groups`. Ids are never reused, so a stale entry
costs only a read. Counts change in the transaction of the contact: those of a few groups in their shards, those of many
groups as one item with all changes, which `settle` adds to the shards afterwards, and which `counts` includes.
"""

import heapq
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.contacts.mapping import QUARTER_SIZE, group_counts_key, members_key, quarter_key, quarter_of
from postrider.contacts.model import BLOCK_SIZE
from postrider.contacts.table import ContactsItem, GroupChangesItem, GroupCountItem, MembersItem
from postrider.kit.chunks import in_chunks
from postrider.kit.ids import random_id
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import TRANSACT_ITEMS, transact, was_made

COUNT_SHARDS = 8
"""Shards of the number of members of a group: single changes are transactions, which would conflict on one shard."""
MAX_COUNTED_AT_ONCE = 10
"""Groups whose shards change in the transaction of their contacts; more would leave too little of it to the contacts."""
CHANGES_AN_ITEM = 8192
"""Changes in an item, which is then about 100 KB. A transaction has at most 20 such items and 4 MB."""
COUNTED_A_TRANSACTION = TRANSACT_ITEMS - 1
_CHANGES = "changes#"
ENTRIES_A_QUERY = 64
MAX_SINGLE_WRITES = 16
"""More entries than these are written in transactions of 100: twice the write units, but few calls."""


class GroupIndex:
    def add(self, account_id: str, list_id: int, members: Iterable[tuple[int, Collection[int]]]) -> None:
        """Add contacts to the index, each with the groups that it is about to join."""
        places_by_key: dict[tuple[int, int], set[int]] = {}
        for contact_id, group_ids in members:
            for group_id in group_ids:
                places_by_key.setdefault((group_id, contact_id // QUARTER_SIZE), set()).add(contact_id % QUARTER_SIZE)
        _write_all(
            (
                MembersItem(members_key(account_id, list_id), quarter_key(group_id, quarter)),
                [MembersItem.places.add(places), MembersItem.kind.set(MembersItem)],
            )
            for (group_id, quarter), places in sorted(places_by_key.items())
        )

    def blocks(self, account_id: str, list_id: int, group_ids: Collection[int]) -> set[int]:
        """Return the blocks in which the list may have members of any of these groups."""
        return {
            quarter * QUARTER_SIZE // BLOCK_SIZE
            for group_id in group_ids
            for quarter, _ in self._entries(account_id, list_id, group_id)
        }

    def blocks_from(
        self, account_id: str, list_id: int, group_ids: Collection[int], first: int | None, descending: bool
    ) -> Iterator[int]:
        """Return the blocks of `blocks` in order, from `first` on; entries are read as the iterator is consumed."""
        quarters = [
            (quarter for quarter, _ in self._entries(account_id, list_id, group_id, first, descending=descending))
            for group_id in group_ids
        ]
        blocks = (quarter * QUARTER_SIZE // BLOCK_SIZE for quarter in heapq.merge(*quarters, reverse=descending))
        return (block for block, _ in groupby(blocks))

    def contact_ids(self, account_id: str, list_id: int, group_id: int) -> Iterator[int]:
        """Return the ids of possible members, in order."""
        for quarter, places in self._entries(account_id, list_id, group_id):
            yield from (quarter * QUARTER_SIZE + place for place in sorted(places))

    def count(self, writes: TransactWrite, account_id: str, list_id: int, changes: Mapping[int, int]) -> None:
        """Add to the number of members of each group in this transaction."""
        key = group_counts_key(account_id, list_id)
        counted = [(group_id, change) for group_id, change in sorted(changes.items()) if change]
        if len(counted) <= MAX_COUNTED_AT_ONCE:
            shard = random.randrange(COUNT_SHARDS)
            for group_id, change in counted:
                _add_members(writes, key, group_id, shard, change)
            return
        for chunk in in_chunks(counted, CHANGES_AN_ITEM):
            writes.save(GroupChangesItem(key, f"{_CHANGES}{random_id()}", changes=[list(pair) for pair in chunk]))

    def settle(self, account_id: str, list_id: int) -> None:
        """Add the changes of many groups to the shards, including changes that remained after a crash."""
        items = GroupChangesItem.query(
            group_counts_key(account_id, list_id), GroupChangesItem.sk.startswith(_CHANGES), consistent_read=True
        )
        for item in items:
            while int(item.counted) < len(item.changes):
                if not was_made(partial(transact, partial(_add_counts, item=item))):
                    break  # another call counts this item
                item.counted += COUNTED_A_TRANSACTION

    def counts(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of members of each group that the list ever had, including deleted groups."""
        total: Counter[int] = Counter()
        for item in ContactsItem.query(group_counts_key(account_id, list_id), consistent_read=True):
            if isinstance(item, GroupCountItem):
                total[int(item.sk.partition("#")[0])] += int(item.members)
            elif isinstance(item, GroupChangesItem):
                for group_id, change in item.changes[int(item.counted) :]:
                    total[int(group_id)] += int(change)
        return dict(total)

    def members_count(self, account_id: str, list_id: int, group_id: int) -> int:
        """Return the number of members of one group."""
        total, key = 0, group_counts_key(account_id, list_id)
        shards = GroupCountItem.sk.startswith(f"{padded(group_id)}#")
        for shard in GroupCountItem.query(key, shards, consistent_read=True):
            total += int(shard.members)
        for item in GroupChangesItem.query(key, GroupChangesItem.sk.startswith(_CHANGES), consistent_read=True):
            total += sum(int(change) for changed, change in item.changes[int(item.counted) :] if changed == group_id)
        return total

    def delete_rows_of_list(self, account_id: str, list_id: int) -> None:
        """Delete the entries and counts of all groups of a list."""
        with ContactsItem.batch_write() as batch:
            for key in (members_key(account_id, list_id), group_counts_key(account_id, list_id)):
                for item in ContactsItem.query(key, attributes_to_get=["pk", "sk"]):
                    batch.delete(item)

    def _entries(
        self, account_id: str, list_id: int, group_id: int, first: int | None = None, *, descending: bool = False
    ) -> Iterator[tuple[int, set[int]]]:
        """Yield (number of the quarter, places in it) in order, starting at block `first`."""
        low, high = f"{padded(group_id)}#", f"{padded(group_id)}#~"
        if first is not None:
            edge = f"{padded(group_id)}#{padded(first)}"
            low, high = (low, f"{edge}#~") if descending else (edge, high)
        items = MembersItem.query(
            members_key(account_id, list_id),
            MembersItem.sk.between(low, high),
            consistent_read=True,
            scan_index_forward=not descending,
            page_size=ENTRIES_A_QUERY,
        )
        for item in items:
            yield quarter_of(item.sk), {int(place) for place in item.places or ()}


def _write_all(updates: Iterable[tuple[ContactsItem, list[Action]]]) -> None:
    """Make updates that are independent of each other."""
    remaining = list(updates)
    if len(remaining) <= MAX_SINGLE_WRITES:
        for item, actions in remaining:
            item.update(actions=actions)
        return
    for chunk in in_chunks(remaining, TRANSACT_ITEMS):
        transact(partial(_update_all, updates=chunk))


def _update_all(writes: TransactWrite, updates: Sequence[tuple[ContactsItem, list[Action]]]) -> None:
    for item, actions in updates:
        writes.update(item, actions=actions)


def _add_members(writes: TransactWrite, key: str, group_id: int, shard: int, change: int) -> None:
    actions: list[Action] = [GroupCountItem.members.add(change), GroupCountItem.kind.set(GroupCountItem)]
    writes.update(GroupCountItem(key, f"{padded(group_id)}#{shard}"), actions=actions)


def _add_counts(writes: TransactWrite, item: GroupChangesItem) -> None:
    """Add the next changes of the item to the shards; delete the item with the last ones."""
    start = int(item.counted)
    shard = random.randrange(COUNT_SHARDS)
    for group_id, change in item.changes[start : start + COUNTED_A_TRANSACTION]:
        _add_members(writes, item.pk, int(group_id), shard, int(change))
    is_unchanged = GroupChangesItem.counted == start
    key = GroupChangesItem(item.pk, item.sk)
    if start + COUNTED_A_TRANSACTION >= len(item.changes):
        writes.delete(key, condition=is_unchanged)
    else:
        actions: list[Action] = [GroupChangesItem.counted.set(start + COUNTED_A_TRANSACTION)]
        writes.update(key, actions=actions, condition=is_unchanged)
