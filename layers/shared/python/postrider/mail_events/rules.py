"""Ids, keys and conditions of the log; pure."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from postrider.kit.clock import from_unix
from postrider.mail_events.model import EventType, LogQuery, LogRow

BLOCK_SIZE = 1024
"""Contact ids per block; the rows of a block are in one shard."""
SHARDS = 4
"""Number of partitions of a log: a partition allows 1,000 write units a second, and a row needs about three."""

LINKS_PER_SOURCE = 1024
"""Factor of public link ids: id of the source * factor + number of the link, so that they differ from campaign ids."""

TICK_MS = 4
"""The precision of the time in ids of rows."""
BATCH_TICKS = 64
"""Number of ticks over which batches of a moment are spread, since a batch uses all ids of its tick and shard."""
CONTACTS_PER_TICK = BLOCK_SIZE // BATCH_TICKS
"""Minimum number of neighbouring contacts of a batch whose tick depends on its place in the block."""

_EPOCH_MS = 1_577_836_800_000  # 2020-01-01
_SLOT_BITS, _SHARD_BITS, _FAMILY_BITS = 10, 2, 2
_SLOTS = 1 << _SLOT_BITS
_SUFFIX_BITS = _SLOT_BITS + _SHARD_BITS + _FAMILY_BITS
_SUFFIX = (1 << _SUFFIX_BITS) - 1
_LAST_TICK = (1 << 39) - 1


def link_id_of(source_id: int, number: int) -> int:
    """Return the public id of a link, unique among the sources of one kind."""
    return source_id * LINKS_PER_SOURCE + number


def row_id(event_type: EventType, contact_id: int, at_ms: int, shift: int = 0) -> int:
    """Return an id for the row of an event; it sorts by time and stays below 2**53 until 2089.

    It has the tick of the moment, the number of the family of types, the shard, and the contact's place in its block. Rows
    of one list in different families or shards never share an id. If another event has taken the id, the next `shift` gives
    another id, so that a repeated event finds its row.
    """
    slot = (contact_id + shift) % _SLOTS
    return _id(_tick(at_ms), FAMILIES.index(family_of(event_type)), shard_of(contact_id), slot)


def batch_id(contact_ids: Sequence[int], at_ms: int, mark: str, shift: int = 0) -> int:
    """Return an id for a batch of rows of one block; the rows have the ids of `id_in_batch`.

    Chunks of a block that are sent together get ticks by their place, so that they do not wait for each other. Small batches,
    of which a moment may have many, get ticks by their mark.
    """
    first = contact_ids[0]
    place = first // CONTACTS_PER_TICK + first // BLOCK_SIZE // SHARDS
    spread = place if len(contact_ids) >= CONTACTS_PER_TICK else int(mark, 16)
    tick = _tick(at_ms) + spread % BATCH_TICKS + shift
    return _id(min(tick, _LAST_TICK), len(FAMILIES), shard_of(first), 0)


def id_in_batch(id_of_batch: int, contact_id: int) -> int:
    """Return the id of the contact's row in a batch."""
    return id_of_batch | contact_id % BLOCK_SIZE


def _tick(at_ms: int) -> int:
    return min(max(at_ms - _EPOCH_MS, 0) // TICK_MS, _LAST_TICK)


def _id(tick: int, family: int, shard: int, slot: int) -> int:
    return (((tick << _FAMILY_BITS | family) << _SHARD_BITS) | shard) << _SLOT_BITS | slot


def first_id(at_ms: int) -> int:
    """Return the smallest id of a row of this moment."""
    return _tick(at_ms) << _SUFFIX_BITS


def last_id(at_ms: int) -> int:
    """Return the largest id of a row of this moment."""
    return first_id(at_ms) | _SUFFIX


def ms_of(log_id: int) -> int:
    """Return the Unix millisecond of an id."""
    return (log_id >> _SUFFIX_BITS) * TICK_MS + _EPOCH_MS


def day_of_ms(at_ms: int) -> str:
    """Return the day (UTC) of a moment, as 2026-03-02."""
    return from_unix(at_ms // 1000).date().isoformat()


def digest(event_id: str) -> str:
    """Return a digest of 80 bits that represents an event id in a key."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:20]


def sort_key(log_id: int) -> str:
    return f"{log_id:016d}"


def shard_of(contact_id: int) -> int:
    return contact_id // BLOCK_SIZE % SHARDS


OPENS, CLICKS, OTHERS = "opens", "clicks", "others"
FAMILIES = (OPENS, CLICKS, OTHERS)
"""Families with separate partitions: a query for other rows does not read the many opens and clicks."""
COUNTERS_OF_FAMILY = {OPENS: ("opens", "bot_opens"), CLICKS: ("clicks", "bot_clicks")}
"""Counters of a shard that have the number of rows of a family; other families have no such counter."""


def family_of(event_type: EventType) -> str:
    """Return the family of partitions for rows of this type."""
    return {EventType.OPENED: OPENS, EventType.CLICKED: CLICKS}.get(event_type, OTHERS)


def families_of(types: Iterable[EventType]) -> tuple[str, ...]:
    """Return the families with rows of these types; every family if `types` is empty."""
    wanted = {family_of(event_type) for event_type in types}
    return tuple(family for family in FAMILIES if family in wanted or not wanted)


def fits(query: LogQuery, row: LogRow) -> bool:
    """Return whether a row fulfils the query, except its bounds of time and id, which limit the read."""
    wanted: list[tuple[frozenset[Any] | None, Any]] = [
        (query.types or None, row.type),
        (query.contact_ids, row.contact_id),
        (query.link_ids, row.link_id and row.source and link_id_of(row.source.id, row.link_id)),
        (query.log_ids, row.id),
        (query.sources, row.source),
        (query.group_ids, row.group_id),
    ]
    if any(allowed is not None and value not in allowed for allowed, value in wanted):
        return False
    return query.details is None or bool(query.details & {row.detail, row.url})


def takes_whole_batches(query: LogQuery) -> bool:
    """Return whether a batch fulfils the query either with all of its rows, or with no row."""
    by_row = (query.contact_ids, query.log_ids, query.start_id, query.end_id)
    return all(condition is None for condition in by_row)


def id_bounds(query: LogQuery) -> tuple[int, int]:
    """Return the smallest and the largest id of rows that can fulfil the query."""
    low = [0] + ([first_id(query.start_ms)] if query.start_ms is not None else [])
    high = [last_id(ms_of(_LAST_TICK << _SUFFIX_BITS))] + ([last_id(query.end_ms)] if query.end_ms is not None else [])
    low += [query.start_id] if query.start_id is not None else []
    high += [query.end_id] if query.end_id is not None else []
    if query.log_ids is not None:
        low.append(min(query.log_ids))
        high.append(max(query.log_ids))
    return max(low), min(high)
