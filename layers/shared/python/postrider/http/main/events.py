"""Translate logs to the main API: types of rows, and the terms of the `filter` parameter."""

from collections.abc import Iterable, Mapping
from typing import Any

from postrider.kit.errors import Invalid
from postrider.kit.moments import check_period
from postrider.mail_events.model import BOUNCES, UNSUBSCRIPTIONS, EventType, LogQuery, LogRow, SubscribedBy

LOG_TYPES: Mapping[str, tuple[EventType, ...]] = {
    "clickthru": (EventType.CLICKED,),
    "open": (EventType.OPENED,),
    "bounce": (EventType.BOUNCED,),
    "bounce_ac": (EventType.BOUNCED_ADDRESS_CHANGED,),
    "bounce_cr": (EventType.BOUNCED_CHALLENGED,),
    "bounce_df": (EventType.BOUNCED_NO_DOMAIN,),
    "bounce_fm": (EventType.BOUNCED_MAILBOX_FULL,),
    "bounce_hb": (EventType.BOUNCED_HARD,),
    "bounce_mb": (EventType.BOUNCED_BLOCKED,),
    "bounce_sb": (EventType.BOUNCED_SOFT,),
    "bounce_tr": (EventType.BOUNCED_TRANSIENT,),
    "bounce_ar": (EventType.BOUNCED_AUTO_REPLY,),
    "forward": (EventType.FORWARDED,),
    "skipped": (EventType.SKIPPED,),
    "spam": (EventType.COMPLAINED,),
    "subscribe": (EventType.SUBSCRIBED,),
    "unsubscribe": (EventType.UNSUBSCRIBED,),
    "view": (EventType.VIEWED,),
    "share": (EventType.SHARED,),
    "in_queue": (EventType.QUEUED,),
    "generating": (EventType.PREPARED,),
    "received": (EventType.DELIVERED,),
    "sent": (EventType.SENT,),
    "schedule": (EventType.SCHEDULED,),
    "update": (EventType.UPDATED,),
    "global_unsubscribe": (EventType.UNSUBSCRIBED_FROM_ACCOUNT,),
    "unsub_reason": (EventType.UNSUBSCRIBE_EXPLAINED,),
    "other": (EventType.FAILED, EventType.UNKNOWN, EventType.DELAYED, EventType.CONVERTED),
}
"""The types of events by type of row, in the contract's order; each event has one type of row."""

SUBSCRIPTION_TYPES: Mapping[str, SubscribedBy] = {
    "resubscribe": SubscribedBy.RESUBSCRIBED,
    "subscription_confirmation": SubscribedBy.CONFIRMED,
}

_LOG_TYPE_OF = {event: word for word, events in LOG_TYPES.items() for event in events}
_SUBSCRIPTION_TYPE_OF = {how: word for word, how in SUBSCRIPTION_TYPES.items()}

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
ACTION_FILTERS = (
    "additional_info",
    "link_id",
    "contact_id",
    "email",
    "log_id",
    "track_id",
    "type",
    "group_by_contact",
)
EMAIL_FILTERS = ("group_id", "email", "email_id")
_EMAIL_LOG_TYPES: Mapping[str, frozenset[EventType]] = {
    "unsubscribe": UNSUBSCRIPTIONS,
    "resubscribe": frozenset({EventType.SUBSCRIBED}),
}
"""The types of events by type of row that differ in transactional logs, whose mails are not sent to contacts of a list."""
_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


def log_type_of(event_type: EventType) -> str:
    """Return the type of row for a type of event."""
    return _LOG_TYPE_OF[event_type]


def event_types_of(log_type: str) -> frozenset[EventType]:
    """Return the types of events for a type in a filter: `bounce` means every bounce. Raises Invalid."""
    if log_type not in LOG_TYPES:
        raise Invalid(f"Cannot filter by type {log_type!r}: logs have no such type.", code="bad_filter", field="filter")
    return BOUNCES if log_type == "bounce" else frozenset(LOG_TYPES[log_type])


def subscription_type_of(row: LogRow) -> str | None:
    """Return the word of this API for the way in which the contact was subscribed, or None."""
    if row.type != EventType.SUBSCRIBED or row.detail is None:
        return None
    return _SUBSCRIPTION_TYPE_OF.get(SubscribedBy(row.detail))


def additional_info_of(row: LogRow) -> str | None:
    """Return the detail of a row in this API's words."""
    return subscription_type_of(row) if row.type == EventType.SUBSCRIBED else row.detail


def row_words_of(row: LogRow) -> tuple[str, str | None]:
    """Return the type and the detail of a row for an exported file."""
    return log_type_of(row.type), additional_info_of(row)


def log_query_of(
    filters: Mapping[str, list[str]], *, start_time: int | None, end_time: int | None, descending: bool = True
) -> LogQuery:
    """Translate parsed filter terms and times in Unix seconds. Raises Invalid for an invalid value of a term.

    `totals` selects every row, as a query without `uniques` does; the only effect is that it excludes `uniques`. `track_id`
    in the log of a list means the same as `link_id` in the log of a campaign: the id of the clicked link.
    """
    uniques, grouped = _switch(filters, "uniques"), _switch(filters, "group_by_contact")
    if _switch(filters, "totals") and (uniques or grouped):
        raise Invalid("totals and uniques exclude each other.", code="filter_conflict", field="filter")
    links, tracks = numbers_in(filters, "link_id"), numbers_in(filters, "track_id")
    return LogQuery(
        types=frozenset().union(*(event_types_of(value.lower()) for value in filters.get("type", ()))),
        emails=_texts(filters, "email"),
        contact_ids=numbers_in(filters, "contact_id"),
        link_ids=links if tracks is None else tracks,
        log_ids=numbers_in(filters, "log_id"),
        details=_details(_texts(filters, "additional_info")),
        start_id=_number(filters, "start_id"),
        end_id=_number(filters, "end_id"),
        **_bounds(start_time, end_time),
        uniques=uniques,
        grouped=grouped,
        descending=descending,
    )


def email_log_query_of(
    log_type: str, filters: Mapping[str, list[str]], *, start_time: int | None, end_time: int | None
) -> LogQuery:
    """Translate the type of a transactional log, its filter by group, and times in Unix seconds. Raises Invalid."""
    return LogQuery(
        types=_EMAIL_LOG_TYPES.get(log_type) or event_types_of(log_type),
        group_ids=numbers_in(filters, "group_id"),
        **_bounds(start_time, end_time),
    )


def _bounds(start_time: int | None, end_time: int | None) -> dict[str, Any]:
    check_period(start_time, end_time)
    return {
        "start_ms": None if start_time is None else start_time * 1000,
        "end_ms": None if end_time is None else end_time * 1000 + 999,
    }


def _details(values: Iterable[str] | None) -> frozenset[str] | None:
    if values is None:
        return None
    return frozenset(SUBSCRIPTION_TYPES[value].value if value in SUBSCRIPTION_TYPES else value for value in values)


def _texts(filters: Mapping[str, list[str]], term: str) -> frozenset[str] | None:
    return frozenset(filters[term]) if term in filters else None


def _switch(filters: Mapping[str, list[str]], term: str) -> bool:
    values = {value.lower() for value in filters.get(term, [])}
    if values - _TRUE - _FALSE:
        raise Invalid(f"{term} must be true or false.", code="bad_filter", field="filter")
    return bool(values & _TRUE)


def numbers_in(filters: Mapping[str, list[str]], term: str) -> frozenset[int] | None:
    """Return the numbers of a term, or None if the filter does not have it. Raises Invalid."""
    if term not in filters:
        return None
    if not all(value.isascii() and value.isdecimal() and len(value) <= 16 for value in filters[term]):
        raise Invalid(f"{term} must be a number.", code="bad_filter", field="filter")
    return frozenset(int(value) for value in filters[term])


def _number(filters: Mapping[str, list[str]], term: str) -> int | None:
    numbers = numbers_in(filters, term)
    if numbers is not None and len(numbers) != 1:
        raise Invalid(f"{term} can be given only once.", code="bad_filter", field="filter")
    return None if numbers is None else next(iter(numbers))
