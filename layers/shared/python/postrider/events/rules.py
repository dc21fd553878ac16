"""Ids, keys and filters of the log; pure."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from postrider.events.model import BOUNCES, LogQuery, LogRow, LogType
from postrider.kit.errors import Invalid

BLOCK_SIZE = 1024
"""Ids of contacts come in blocks of this many; a block's rows lie in one shard."""
SHARDS = 4
"""Partitions that share the writes of one log; a partition takes 1,000 write units a second, a row about three."""

LINKS_PER_CAMPAIGN = 1024
"""A link is known outside by campaign id * this + its number in the content, so that LINK(id) needs no campaign."""

_EPOCH_MS = 1_577_836_800_000  # 2020-01-01
_SUFFIX_BITS = 12
_SUFFIX = (1 << _SUFFIX_BITS) - 1
_LAST_MS = (1 << 41) - 1

CAMPAIGN_FILTERS = (
    "additional_info",
    "link_id",
    "contact_id",
    "email",
    "uniques",
    "group_by_contact",
    "log_id",
    "totals",
    "type",
    "start_id",
    "end_id",
)
LIST_FILTERS = (
    "additional_info",
    "contact_id",
    "email",
    "uniques",
    "group_by_contact",
    "track_id",
    "log_id",
    "start_id",
    "end_id",
    "totals",
    "type",
)
_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


def link_id_of(campaign_id: int, number: int) -> int:
    """The id of a link on the wire, unique per platform."""
    return campaign_id * LINKS_PER_CAMPAIGN + number


def row_id(at_ms: int, contact_id: int) -> int:
    """An integer that sorts with time and stays below 2**53 until 2089: milliseconds, then the end of the contact's id.

    Two rows share an id only when one contact (or one of 4,096 ids further on) does two things in one millisecond.
    """
    return first_id(at_ms) | (contact_id & _SUFFIX)


def first_id(at_ms: int) -> int:
    """The least id a row of this millisecond can have."""
    return min(max(at_ms - _EPOCH_MS, 0), _LAST_MS) << _SUFFIX_BITS


def last_id(at_ms: int) -> int:
    return first_id(at_ms) | _SUFFIX


def ms_of(log_id: int) -> int:
    """The Unix millisecond in an id."""
    return (log_id >> _SUFFIX_BITS) + _EPOCH_MS


def digest(event_id: str) -> str:
    """80 bits that stand for an event id in a key."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:20]


def sort_key(log_id: int, mark: str = "") -> str:
    return f"{log_id:016d}#{mark}"


def shard_of(contact_id: int) -> int:
    return contact_id // BLOCK_SIZE % SHARDS


def family_of(kind: LogType) -> str:
    """Opens and clicks lie apart, so that a question about the few other rows does not read the many."""
    return {LogType.OPEN: "open", LogType.CLICKTHRU: "click"}.get(kind, "other")


FAMILIES = ("open", "click", "other")
COUNTERS_OF_FAMILY = {"open": ("opens", "bot_opens"), "click": ("clicks", "bot_clicks")}
"""Rows of these families have counters beside them, in the same shard."""


def families_of(types: Iterable[LogType]) -> tuple[str, ...]:
    """Where rows of these types lie; of no types: of all."""
    wanted = {family_of(kind) for kind in types}
    return tuple(family for family in FAMILIES if family in wanted or not wanted)


def query_of(
    filters: Mapping[str, list[str]], *, start_time: int | None, end_time: int | None, descending: bool = True
) -> LogQuery:
    """The question in parsed filter terms (reference, section 5) without `email`. Raises Invalid for a bad value.

    `totals` asks for every row, which is what happens without `uniques`, so it only refuses to go with it.
    In a list's log `track_id` is the id of the link that was clicked, as `link_id` is in a campaign's.
    """
    uniques, grouped = _switch(filters, "uniques"), _switch(filters, "group_by_contact")
    if _switch(filters, "totals") and (uniques or grouped):
        raise Invalid("totals and uniques exclude each other.", code="filter_conflict", field="filter")
    links = _numbers(filters, "link_id")
    tracks = _numbers(filters, "track_id")
    return LogQuery(
        types=_types(filters.get("type", [])),
        contact_ids=_numbers(filters, "contact_id"),
        link_ids=links if tracks is None else tracks,
        log_ids=_numbers(filters, "log_id"),
        details=None if "additional_info" not in filters else frozenset(filters["additional_info"]),
        start_id=_bound(filters, "start_id"),
        end_id=_bound(filters, "end_id"),
        start_ms=None if start_time is None else start_time * 1000,
        end_ms=None if end_time is None else end_time * 1000 + 999,
        uniques=uniques,
        grouped=grouped,
        descending=descending,
    )


def fits(query: LogQuery, row: LogRow) -> bool:
    """Whether a row answers the question, apart from the bounds of time and id, which the reading keeps."""
    wanted: list[tuple[frozenset[Any] | None, Any]] = [
        (query.types or None, row.type),
        (query.contact_ids, row.contact_id),
        (query.link_ids, row.link_id and row.campaign_id and link_id_of(row.campaign_id, row.link_id)),
        (query.log_ids, row.id),
    ]
    if any(allowed is not None and value not in allowed for allowed, value in wanted):
        return False
    return query.details is None or bool(query.details & {row.detail, row.url})


def id_bounds(query: LogQuery) -> tuple[int, int]:
    """The least and the greatest id that can answer the question."""
    low = [0] + ([first_id(query.start_ms)] if query.start_ms is not None else [])
    high = [last_id(_EPOCH_MS + _LAST_MS)] + ([last_id(query.end_ms)] if query.end_ms is not None else [])
    low += [query.start_id] if query.start_id is not None else []
    high += [query.end_id] if query.end_id is not None else []
    if query.log_ids is not None:
        low.append(min(query.log_ids))
        high.append(max(query.log_ids))
    return max(low), min(high)


def _switch(filters: Mapping[str, list[str]], term: str) -> bool:
    values = {value.lower() for value in filters.get(term, [])}
    if values - _TRUE - _FALSE:
        raise Invalid(f"{term} is true or false.", code="bad_filter", field="filter")
    return bool(values & _TRUE)


def _numbers(filters: Mapping[str, list[str]], term: str) -> frozenset[int] | None:
    if term not in filters:
        return None
    if not all(value.isascii() and value.isdecimal() and len(value) <= 16 for value in filters[term]):
        raise Invalid(f"{term} must be a number.", code="bad_filter", field="filter")
    return frozenset(int(value) for value in filters[term])


def _bound(filters: Mapping[str, list[str]], term: str) -> int | None:
    numbers = _numbers(filters, term)
    if numbers is not None and len(numbers) != 1:
        raise Invalid(f"{term} can be given once.", code="bad_filter", field="filter")
    return None if numbers is None else next(iter(numbers))


def _types(values: Iterable[str]) -> frozenset[LogType]:
    found: set[LogType] = set()
    for value in values:
        try:
            kind = LogType(value.lower())
        except ValueError as exc:
            raise Invalid("There is no such type.", code="bad_filter", field="filter") from exc
        found |= BOUNCES if kind == LogType.BOUNCE else {kind}
    return frozenset(found)
