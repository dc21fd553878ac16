"""The index of the members of groups: a group is read without reading its whole list.

`Contact.groups` is authoritative. An entry is written before its contact and stays when the contact leaves the group, so
the index has every member and maybe more contacts: readers check `Contact.groups`. Ids are never reused, so a stale entry
costs only a read. Counts are written after the contact; `recount_group` repairs them after a crash in between.
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
from postrider.contacts.table import ContactsItem, GroupCountItem, MembersItem
from postrider.kit.chunks import in_chunks
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import TRANSACT_ITEMS, transact

COUNT_SHARDS = 4
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
                MembersItem(members_key(account_id, list_id, group_id), quarter_key(quarter)),
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
        """Return the ids of contacts that may be members, in order."""
        for quarter, places in self._entries(account_id, list_id, group_id):
            yield from (quarter * QUARTER_SIZE + place for place in sorted(places))

    def count(self, account_id: str, list_id: int, changes: Mapping[int, int]) -> None:
        """Add to the number of members of each group."""
        shard = random.randrange(COUNT_SHARDS)
        key = group_counts_key(account_id, list_id)
        _write_all(
            (
                GroupCountItem(key, f"{padded(group_id)}#{shard}"),
                [GroupCountItem.members.add(change), GroupCountItem.kind.set(GroupCountItem)],
            )
            for group_id, change in sorted(changes.items())
            if change
        )

    def counts(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of members of each group that the list ever had, including deleted groups."""
        total: Counter[int] = Counter()
        for item in GroupCountItem.query(group_counts_key(account_id, list_id), consistent_read=True):
            total[int(item.sk.partition("#")[0])] += int(item.members)
        return dict(total)

    def set_count(self, account_id: str, list_id: int, group_id: int, members: int) -> None:
        """Replace the count of one group."""
        key = group_counts_key(account_id, list_id)
        with ContactsItem.batch_write() as batch:
            for shard in range(COUNT_SHARDS):
                batch.save(GroupCountItem(key, f"{padded(group_id)}#{shard}", members=0 if shard else members))

    def forget_list(self, account_id: str, list_id: int) -> None:
        """Delete the entries and counts of all groups of a list."""
        counts_key = group_counts_key(account_id, list_id)
        keys = [members_key(account_id, list_id, group_id) for group_id in self.counts(account_id, list_id)]
        with ContactsItem.batch_write() as batch:
            for key in (*keys, counts_key):
                for item in ContactsItem.query(key, attributes_to_get=["pk", "sk"]):
                    batch.delete(item)

    def _entries(
        self, account_id: str, list_id: int, group_id: int, first: int | None = None, *, descending: bool = False
    ) -> Iterator[tuple[int, set[int]]]:
        """Yield (number of the quarter, places in it) in order, starting at block `first`."""
        edge = None
        if first is not None:
            edge = MembersItem.sk < f"{padded(first)}#~" if descending else MembersItem.sk >= padded(first)
        items = MembersItem.query(
            members_key(account_id, list_id, group_id),
            edge,
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
