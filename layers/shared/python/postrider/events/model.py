"""Rows of the log, and what a campaign knows of one recipient's response."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class LogType(StrEnum):
    """Every type of row (reference, section 14)."""

    CLICKTHRU = "clickthru"
    OPEN = "open"
    BOUNCE = "bounce"
    BOUNCE_AC = "bounce_ac"
    BOUNCE_CR = "bounce_cr"
    BOUNCE_DF = "bounce_df"
    BOUNCE_FM = "bounce_fm"
    BOUNCE_HB = "bounce_hb"
    BOUNCE_MB = "bounce_mb"
    BOUNCE_SB = "bounce_sb"
    BOUNCE_TR = "bounce_tr"
    BOUNCE_AR = "bounce_ar"
    FORWARD = "forward"
    SKIPPED = "skipped"
    SPAM = "spam"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    VIEW = "view"
    SHARE = "share"
    IN_QUEUE = "in_queue"
    GENERATING = "generating"
    RECEIVED = "received"
    SENT = "sent"
    SCHEDULE = "schedule"
    UPDATE = "update"
    GLOBAL_UNSUBSCRIBE = "global_unsubscribe"
    UNSUB_REASON = "unsub_reason"
    OTHER = "other"


BOUNCES = frozenset(kind for kind in LogType if kind.startswith("bounce"))
"""What the filter value `bounce` means: any of them."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to one contact, once: a second event of the same id changes nothing.

    `at_ms` is Unix milliseconds and part of the identity: it comes with the event, never from the clock of who records
    it. `detail` is the extra text: a mail server's answer, a reason given. `link_id` and `url` go with a click.
    """

    event_id: str
    type: LogType
    account_id: str
    list_id: int
    contact_id: int
    at_ms: int
    campaign_id: int | None = None
    is_bot: bool = False
    link_id: int | None = None
    url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """Rows of one type and moment for many contacts of one block; one with the id of an earlier one says the same."""

    event_id: str
    type: LogType
    at_ms: int
    contact_ids: tuple[int, ...]
    list_id: int
    campaign_id: int | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """A row as it is read. `id` sorts with time and is below 2**53; `mark` tells rows of one id apart.

    `nth` counts the rows of this type and contact in the campaign's log, machines apart; 1 is the first. `new_link`
    says that it is the contact's first click of its link. Rows hold no address: who asks for it reads the contact.
    """

    id: int
    mark: str
    type: LogType
    contact_id: int
    list_id: int
    at: datetime
    campaign_id: int | None = None
    is_bot: bool = False
    nth: int = 1
    new_link: bool = False
    link_id: int | None = None
    url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    detail: str | None = None
    occurrences: int = 1


@dataclass(frozen=True, kw_only=True)
class Engagement:
    """What one recipient did with one campaign's mail, kept on the row that says it was sent.

    `opened` are the moments of opens by a person in order, Unix seconds, and `clicked` those of clicks, each with the
    number of its link (0: unknown): filter_evaluator ask what happened between two moments. `marks` are the types that count
    once for each recipient. `version` grows by one with each change.
    """

    opened: tuple[int, ...] = ()
    clicked: tuple[tuple[int, int], ...] = ()
    bot_opens: int = 0
    bot_clicks: int = 0
    views: int = 0
    marks: frozenset[str] = frozenset()
    version: int = 0

    @property
    def opens(self) -> int:
        return len(self.opened)

    @property
    def clicks(self) -> int:
        return len(self.clicked)

    @property
    def links(self) -> frozenset[int]:
        """Numbers of the links that were clicked."""
        return frozenset(link for _, link in self.clicked if link)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A row of a campaign's ledger as the log needs it; `sent_at_ms` is None until the sender recorded it."""

    engagement: Engagement = field(default_factory=Engagement)
    sent_at_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """Which rows of a log: all conditions must hold; an empty set of `types` means every type.

    Times are inclusive Unix milliseconds, ids inclusive. `uniques` keeps the first row of each contact and type,
    `grouped` one row for each contact; both count the rest as `occurrences`.
    """

    types: frozenset[LogType] = frozenset()
    contact_ids: frozenset[int] | None = None
    link_ids: frozenset[int] | None = None
    log_ids: frozenset[int] | None = None
    details: frozenset[str] | None = None
    start_id: int | None = None
    end_id: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    uniques: bool = False
    grouped: bool = False
    descending: bool = True
