"""Walk the contacts of a list in one of several orders, from any position, both ways, a page at a time."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pynamodb.expressions.condition import Condition

from postrider.contacts.mapping import (
    ADDRESS_BUCKETS,
    STATUS_SHARDS,
    block_key,
    bounce_key,
    bucket_key,
    contact_of,
    list_key,
    status_key,
)
from postrider.contacts.model import BLOCK_SIZE, Contact, block_of
from postrider.contacts.table import BlockItem, ClaimItem, ContactItem, ContactsItem
from postrider.kit.chunks import in_chunks
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get

Key = int | str
Step = tuple[Key, Contact | None]
"""None: the walk has come so far, past contacts that its condition left out."""

BlocksFrom = Callable[[int | None, bool], Iterator[int]]
"""Returns numbers of blocks in order, from this one on (None: all); the second argument reverses the order."""

BLOCKS_A_QUERY = 64
GROWTH = 4


class Walk(Protocol):
    """One order. Keys are JSON-safe and grow along it."""

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        """Contacts past `after`, from the start (or the end) without it; `hint`: how many will likely be taken."""
        ...


@dataclass(frozen=True)
class ById:
    """By id, which is also the order of subscription: the list's blocks one after the other.

    With a condition, which may let pass more than is wanted, blocks are read whole and DynamoDB leaves contacts out.
    """

    account_id: str
    list_id: int
    condition: Condition | None = None
    blocks_from: BlocksFrom | None = None
    """The blocks to read, when not all of the list's."""

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        start = None if after is None else int(after)
        limit = hint + 1
        for block in self.blocks(None if start is None else block_of(start), descending=descending):
            edge = None if start is None else padded(start)
            if self.condition is not None:
                yield from ((contact.id, contact) for contact in self._chosen_of(block, edge, descending=descending))
                yield (block if descending else block + 1) * BLOCK_SIZE - (not descending), None
                continue
            while True:
                found = list(self._some_of(block, edge, limit, descending=descending))
                yield from ((contact.id, contact) for contact in found)
                if len(found) < limit:
                    break
                edge = padded(found[-1].id)
                # Who goes on beyond what was likely looks for few among many: fewer and larger reads.
                limit = min(limit * GROWTH, BLOCK_SIZE)

    def _some_of(self, block: int, edge: str | None, limit: int, *, descending: bool) -> Iterator[Contact]:
        items = ContactItem.query(
            block_key(self.account_id, self.list_id, block),
            _beyond(ContactItem.sk, edge, descending=descending),
            consistent_read=True,
            scan_index_forward=not descending,
            limit=limit,
        )
        return map(contact_of, items)

    def _chosen_of(self, block: int, edge: str | None, *, descending: bool) -> Iterator[Contact]:
        items = ContactItem.query(
            block_key(self.account_id, self.list_id, block),
            _beyond(ContactItem.sk, edge, descending=descending),
            filter_condition=self.condition,
            consistent_read=True,
            scan_index_forward=not descending,
        )
        return map(contact_of, items)

    def blocks(self, first: int | None, *, descending: bool) -> Iterator[int]:
        if self.blocks_from is not None:
            return self.blocks_from(first, descending)
        low = high = None if first is None else f"block#{padded(first)}"
        low, high = ("block#", high) if descending else (low, "block#~")
        condition = BlockItem.sk.between(low or "block#", high or "block#~")
        items = BlockItem.query(
            list_key(self.account_id, self.list_id),
            condition,
            consistent_read=True,
            scan_index_forward=not descending,
            page_size=BLOCKS_A_QUERY,
        )
        return (int(item.block) for item in items)


@dataclass(frozen=True)
class ByAddress:
    """By canonical address: the buckets of claims, merged. A claim whose contact is on its way is passed over."""

    account_id: str
    list_id: int

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        def bucket(number: int) -> Iterator[tuple[str, int]]:
            items = ClaimItem.query(
                bucket_key(self.account_id, self.list_id, number),
                _beyond(ClaimItem.sk, after, descending=descending),
                consistent_read=True,
                scan_index_forward=not descending,
                page_size=max(8, hint // 8),
            )
            return ((item.sk, int(item.contact_id)) for item in items)

        merged = heapq.merge(*map(bucket, range(ADDRESS_BUCKETS)), reverse=descending)
        for chunk in in_chunks(merged, hint + 1):
            keys = {address: _keys(self.account_id, self.list_id, contact_id) for address, contact_id in chunk}
            found = _by_key(keys.values())
            yield from ((address, found[key]) for address, key in keys.items() if key in found)


@dataclass(frozen=True)
class ByStatus:
    """Contacts of one status that is not active, by id, from the sparse index."""

    account_id: str
    list_id: int
    status: str

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        edge = None if after is None else padded(int(after))

        def shard(number: int) -> Iterator[tuple[str, str]]:
            items = ContactsItem.by_status.query(
                status_key(self.account_id, self.list_id, self.status, number),
                _beyond(ContactsItem.sk, edge, descending=descending),
                scan_index_forward=not descending,
                page_size=hint + 1,
            )
            return ((item.sk, item.pk) for item in items)

        merged = heapq.merge(*map(shard, self._shards()), reverse=descending)
        keys = ((pk, sk) for sk, pk in merged)
        yield from _fetched(keys, hint, lambda contact: contact.status == self.status, lambda contact: contact.id)

    def _shards(self) -> Iterable[int]:
        """Only those that the list's blocks can be in: a small list is read in few requests."""
        here = ById(self.account_id, self.list_id)
        blocks = [block for block, _ in zip(here.blocks(None, descending=False), range(BLOCKS_A_QUERY), strict=False)]
        all_of_them = len(blocks) == BLOCKS_A_QUERY
        return range(STATUS_SHARDS) if all_of_them else sorted({block % STATUS_SHARDS for block in blocks})


@dataclass(frozen=True)
class ByBounces:
    """Contacts that bounced last in one of these ways, by number of bounces, then id."""

    account_id: str
    list_id: int
    kinds: tuple[str, ...]

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        def kind(name: str) -> Iterator[tuple[str, str, str]]:
            items = ContactsItem.by_bounces.query(
                bounce_key(self.account_id, self.list_id, name),
                _beyond(ContactsItem.bounce_rank, after, descending=descending),
                scan_index_forward=not descending,
                page_size=hint + 1,
            )
            return ((item.bounce_rank, item.pk, item.sk) for item in items)

        merged = heapq.merge(*map(kind, self.kinds), reverse=descending)
        for chunk in in_chunks(merged, hint + 1):
            found = _by_key((pk, sk) for _, pk, sk in chunk)
            for rank, pk, sk in chunk:
                contact = found.get((pk, sk))
                if contact is not None and contact.last_bounce_type in self.kinds:
                    yield rank, contact


@dataclass(frozen=True)
class OneAddress:
    """At most one contact: the one with this address."""

    find: Callable[[], Contact | None]

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        contact = self.find() if after is None else None
        return iter(() if contact is None else ((contact.id, contact),))


def _beyond(attribute: Any, edge: Key | None, *, descending: bool) -> Condition | None:
    if edge is None:
        return None
    condition: Condition = attribute < edge if descending else attribute > edge
    return condition


def _keys(account_id: str, list_id: int, contact_id: int) -> tuple[str, str]:
    return block_key(account_id, list_id, block_of(contact_id)), padded(contact_id)


def _by_key(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Contact]:
    found = batch_get(ContactsItem, keys)
    return {(item.pk, item.sk): contact_of(item) for item in found if isinstance(item, ContactItem)}


def _fetched(
    keys: Iterable[tuple[str, str]],
    hint: int,
    still: Callable[[Contact], bool],
    key_of: Callable[[Contact], Key],
) -> Iterator[Step]:
    """Contacts behind index entries; an entry that lags behind its contact is passed over."""
    for chunk in in_chunks(keys, hint + 1):
        found = _by_key(chunk)
        for key in chunk:
            contact = found.get(key)
            if contact is not None and still(contact):
                yield key_of(contact), contact
