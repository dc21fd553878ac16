"""ContactOrder the contacts of a list in several orders, from any position, in both directions, page by page."""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pynamodb.expressions.condition import Condition

from postrider.contacts.excerpts import block_excerpts
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
"""A key with its contact; None instead of a contact says that all contacts up to the key have been examined."""

BlocksFrom = Callable[[int | None, bool], Iterator[int]]
"""A function that returns blocks in order, starting at its first argument (None: all); the second reverses the order."""

BLOCKS_A_QUERY = 64
GROWTH = 4


class ContactOrder(Protocol):
    """An order of contacts. Keys are JSON-safe, and grow in this order."""

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        """Yield the contacts after `after`, or all; `hint` is the number of contacts that will probably be used."""
        ...


@dataclass(frozen=True)
class OrderById:
    """The order of ids, which is also the order of subscription: block by block.

    With a condition, blocks are read whole, and DynamoDB omits some of the contacts that do not match.
    """

    account_id: str
    list_id: int
    condition: Condition | None = None
    blocks_from: BlocksFrom | None = None
    """The blocks to read; None means all blocks of the list."""
    fields: Collection[tuple[str, ...]] | None = None
    """The stored fields to read, for a walk of the whole order (`block_excerpts`); None means whole contacts."""

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        start = None if after is None else int(after)
        limit = hint + 1
        for block in self.blocks(None if start is None else block_of(start), descending=descending):
            edge = None if start is None else padded(start)
            if self.fields is not None:
                excerpts = block_excerpts(self.account_id, self.list_id, block, self.fields, self.condition)
                yield from ((contact.id, contact) for contact in excerpts)
                yield (block + 1) * BLOCK_SIZE - 1, None
                continue
            if self.condition is not None:
                yield from ((contact.id, contact) for contact in self._filtered(block, edge, descending=descending))
                yield (block if descending else block + 1) * BLOCK_SIZE - (not descending), None
                continue
            while True:
                contacts = list(self._page_of(block, edge, limit, descending=descending))
                yield from ((contact.id, contact) for contact in contacts)
                if len(contacts) < limit:
                    break
                edge = padded(contacts[-1].id)
                # A caller that reads beyond the hint searches for rare contacts: use fewer and larger reads.
                limit = min(limit * GROWTH, BLOCK_SIZE)

    def _page_of(self, block: int, edge: str | None, limit: int, *, descending: bool) -> Iterator[Contact]:
        items = ContactItem.query(
            block_key(self.account_id, self.list_id, block),
            _beyond(ContactItem.sk, edge, descending=descending),
            consistent_read=True,
            scan_index_forward=not descending,
            limit=limit,
        )
        return map(contact_of, items)

    def _filtered(self, block: int, edge: str | None, *, descending: bool) -> Iterator[Contact]:
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
class OrderByAddress:
    """The order of canonical addresses: the merged buckets of claims. Claims without a contact are skipped."""

    account_id: str
    list_id: int

    def steps(self, after: Key | None, *, descending: bool, hint: int) -> Iterator[Step]:
        def bucket(number: int) -> Iterator[tuple[str, int | None]]:
            items = ClaimItem.query(
                bucket_key(self.account_id, self.list_id, number),
                _beyond(ClaimItem.sk, after, descending=descending),
                consistent_read=True,
                scan_index_forward=not descending,
                page_size=max(8, hint // 8),
            )
            return ((item.sk, None if item.contact_id is None else int(item.contact_id)) for item in items)

        merged = heapq.merge(*map(bucket, range(ADDRESS_BUCKETS)), reverse=descending)
        free = 0
        for chunk in in_chunks(merged, hint + 1):
            ids = {address: contact_id for address, contact_id in chunk if contact_id is not None}
            keys = {address: _keys(self.account_id, self.list_id, contact_id) for address, contact_id in ids.items()}
            contacts = _by_key(keys.values())
            yield from ((address, contacts[key]) for address, key in keys.items() if key in contacts)
            free += len(chunk) - len(ids)
            if free >= BLOCK_SIZE:
                free = 0
                yield chunk[-1][0], None


@dataclass(frozen=True)
class OrderByStatus:
    """Contacts of a status that is not in NOT_INDEXED, in order of id, from the sparse index."""

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
        """Return the shards that the blocks of the list use, so that a small list needs few requests."""
        here = OrderById(self.account_id, self.list_id)
        blocks = [block for block, _ in zip(here.blocks(None, descending=False), range(BLOCKS_A_QUERY), strict=False)]
        is_large = len(blocks) == BLOCKS_A_QUERY
        return range(STATUS_SHARDS) if is_large else sorted({block % STATUS_SHARDS for block in blocks})


@dataclass(frozen=True)
class OrderByBounces:
    """Contacts whose last bounce is of these kinds, in order of the number of bounces, then of id."""

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
            contacts = _by_key((pk, sk) for _, pk, sk in chunk)
            for rank, pk, sk in chunk:
                contact = contacts.get((pk, sk))
                if contact is not None and contact.last_bounce_type in self.kinds:
                    yield rank, contact


@dataclass(frozen=True)
class SingleAddress:
    """The contact with one address, or nothing."""

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
    items = batch_get(ContactsItem, keys)
    return {(item.pk, item.sk): contact_of(item) for item in items if isinstance(item, ContactItem)}


def _fetched(
    keys: Iterable[tuple[str, str]],
    hint: int,
    still: Callable[[Contact], bool],
    key_of: Callable[[Contact], Key],
) -> Iterator[Step]:
    """Yield the contacts of index entries; an outdated entry is skipped."""
    for chunk in in_chunks(keys, hint + 1):
        contacts = _by_key(chunk)
        for key in chunk:
            contact = contacts.get(key)
            if contact is not None and still(contact):
                yield key_of(contact), contact
