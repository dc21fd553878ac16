"""Events of mails and contacts, their rows in the log, and the engagement of a recipient with a mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from postrider.kit.provider_domains import OTHER
from postrider.mail_events.source import MailSource, SourceKind


class EventType(StrEnum):
    """The events of mails and of contacts, in Postrider's own words, which each dialect translates.

    These words are stored in rows, in the marks of recipients and as names of counters.
    """

    # Delivery of the mail
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    PREPARED = "prepared"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DELAYED = "delayed"
    DELIVERED = "delivered"

    # Bounces, by class
    BOUNCED = "bounced"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    BOUNCED_MAILBOX_FULL = "bounced_mailbox_full"
    BOUNCED_BLOCKED = "bounced_blocked"
    BOUNCED_TRANSIENT = "bounced_transient"
    BOUNCED_CHALLENGED = "bounced_challenged"
    BOUNCED_ADDRESS_CHANGED = "bounced_address_changed"
    BOUNCED_NO_DOMAIN = "bounced_no_domain"
    BOUNCED_AUTO_REPLY = "bounced_auto_reply"

    # Acts of the recipient
    OPENED = "opened"
    CLICKED = "clicked"
    VIEWED = "viewed"
    FORWARDED = "forwarded"
    SHARED = "shared"
    COMPLAINED = "complained"
    CONVERTED = "converted"
    """A program of the account has reported that the recipient reached the goal of the mail."""

    # The contact and its consent
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    UNSUBSCRIBED_FROM_ACCOUNT = "unsubscribed_from_account"
    UNSUBSCRIBE_EXPLAINED = "unsubscribe_explained"
    UPDATED = "updated"


BOUNCES = frozenset(
    {
        EventType.BOUNCED,
        EventType.BOUNCED_HARD,
        EventType.BOUNCED_SOFT,
        EventType.BOUNCED_MAILBOX_FULL,
        EventType.BOUNCED_BLOCKED,
        EventType.BOUNCED_TRANSIENT,
        EventType.BOUNCED_CHALLENGED,
        EventType.BOUNCED_ADDRESS_CHANGED,
        EventType.BOUNCED_NO_DOMAIN,
        EventType.BOUNCED_AUTO_REPLY,
    }
)
"""All bounces; BOUNCED is a bounce of an unknown class."""

UNSUBSCRIPTIONS = frozenset({EventType.UNSUBSCRIBED, EventType.UNSUBSCRIBED_FROM_ACCOUNT})
"""Unsubscriptions from one list, and from all lists of the account."""

UNSUBSCRIBED_RECIPIENTS = "unsubscribed_recipients"
"""Counter of recipients with an unsubscription of either scope, or of both."""

NOT_DELIVERED = frozenset({EventType.FAILED, EventType.UNKNOWN, EventType.DELAYED})
"""Rows of mails whose arrival is unknown although nothing bounced; a query for unique rows treats them as one type."""


class SubscribedBy(StrEnum):
    """The way a contact was subscribed: the detail of a SUBSCRIBED event."""

    ADDED = "added"
    IMPORTED = "imported"
    CONFIRMED = "confirmed"
    RESUBSCRIBED = "resubscribed"


@dataclass(frozen=True, slots=True)
class ListLog:
    """The log of a list: events of its contacts, and those of the mails sent to it. Its text names it in keys."""

    list_id: int

    def __str__(self) -> str:
        return f"list#{self.list_id}"


@dataclass(frozen=True, slots=True)
class AccountLog:
    """All events of an account, which have counters by hour but no separate log. Its text names it in keys."""

    def __str__(self) -> str:
        return "account"


TRANSACTIONAL_LOG = ListLog(0)
"""The log of the transactional mails of an account, which are sent to addresses; no list has this id."""


PUSH_LOG = ListLog(-1)
"""The log of the push messages of an account."""


@dataclass(frozen=True, slots=True)
class MailboxLog:
    """The log of the transactional mails to one address. `mailbox` is a keyed hash of it; the text names the log in keys."""

    mailbox: str

    def __str__(self) -> str:
        return f"mailbox#{self.mailbox}"


Log = MailSource | ListLog | MailboxLog
"""The owner of a log: a mail source, a list, or an address."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event of a contact; recording another event with the same `event_id` changes nothing.

    `at_ms` (Unix milliseconds) is part of the identity: it is the moment of the event, not of its recording. `detail` is
    the answer of a mail server, a reason, or a SubscribedBy. `link_id` and `url` belong to a click. An event without a
    `source` is not about a mail. With `is_reported`, a program of the account has reported the event. `device` and `client`
    of a person have the words by which they are counted.

    In an event of a transactional mail, `contact_id` is the id of the recipient's copy, `mailbox` a keyed hash of the address,
    and `group_id` the id of the mail group. `variant` is the id of the variant of a campaign's content, 0 if it is unknown or
    the content has no variants.
    """

    event_id: str
    type: EventType
    account_id: str
    list_id: int
    contact_id: int
    at_ms: int
    source: MailSource | None = None
    is_bot: bool = False
    is_reported: bool = False
    link_id: int | None = None
    url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    device: str | None = None
    client: str | None = None
    detail: str | None = None
    mailbox: str | None = None
    group_id: int | None = None
    variant: int = 0


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """Events of many contacts with one type and moment; a batch with the same `event_id` has the same events.

    `entry` is the number of the entries into a workflow to which the mails of an action belong, else 0.
    """

    event_id: str
    type: EventType
    at_ms: int
    contact_ids: tuple[int, ...]
    list_id: int
    source: MailSource | None = None
    entry: int = 0
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """A row of the log. `id` sorts by time, is below 2**53 and unique in the log of its list; `mark` is the event's digest.

    `nth` numbers the rows of this type and contact in the log of the source from 1, separately for persons and machines.
    `new_link` marks the contact's first click of its link. `is_new` marks the row by which the contact was first counted
    as an opener (also by a click), or as unsubscribed. A row has no address: readers look up the contact.
    `source` is the whole source; `entry` is the number of the contact's entry into the workflow, for the mail of an action.
    """

    id: int
    mark: str
    type: EventType
    contact_id: int
    list_id: int
    at: datetime
    source: MailSource | None = None
    entry: int = 0
    is_bot: bool = False
    is_reported: bool = False
    nth: int = 1
    new_link: bool = False
    is_new: bool = False
    link_id: int | None = None
    url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    device: str | None = None
    client: str | None = None
    detail: str | None = None
    mailbox: str | None = None
    group_id: int | None = None
    variant: int = 0
    occurrences: int = 1

    @property
    def mail(self) -> MailSource | None:
        """Return the source with the entry, which is part of the key of the recipient in the ledger."""
        return None if self.source is None else self.source.of_entry(self.entry)

    @property
    def campaign_id(self) -> int | None:
        """Return the id of the campaign, or None for another source."""
        return self.source.id if self.source is not None and self.source.kind == SourceKind.CAMPAIGN else None


@dataclass(frozen=True, kw_only=True)
class Engagement:
    """The reactions of a recipient to the mail of a source, stored in the recipient's row of the ledger.

    `opened` has the moments (Unix seconds, ascending) at which a person opened the mail, `clicked` the moments of clicks
    with the numbers of their links (0: unknown), so that segments can compare periods. `marked_at` has the first moment
    (Unix seconds) of types that count once per recipient, and of outcomes of the mail.
    `version` grows by one with each change.
    """

    opened: tuple[int, ...] = ()
    clicked: tuple[tuple[int, int], ...] = ()
    bot_opens: int = 0
    bot_clicks: int = 0
    views: int = 0
    marked_at: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    @property
    def opens(self) -> int:
        return len(self.opened)

    @property
    def clicks(self) -> int:
        return len(self.clicked)

    @property
    def marks(self) -> frozenset[str]:
        """Return the types that are marked."""
        return frozenset(self.marked_at)

    @property
    def links(self) -> frozenset[int]:
        """Return the numbers of the links that were clicked."""
        return frozenset(link for _, link in self.clicked if link)


@dataclass(frozen=True, kw_only=True)
class EngagedRecipient:
    """A recipient of a source; `sent_at_ms` is None until the sender has recorded the sending.

    `domain` is the domain of the address if `kit.mailbox_domains` has it, `variant` the id of the variant of the content.
    The recipient of a transactional mail also has the keyed hash of the address, and the mail group.
    """

    engagement: Engagement = field(default_factory=Engagement)
    sent_at_ms: int | None = None
    domain: str = OTHER
    variant: int = 0
    mailbox: str | None = None
    group_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """Conditions on the rows of a log, which must all be true; an empty set of `types` means every type.

    Times are inclusive Unix milliseconds, ids inclusive. `uniques` keeps the first row of each contact and type,
    `grouped` one row per contact; both count the others as `occurrences`, and omit rows of machines. `emails` are
    addresses of contacts.
    """

    types: frozenset[EventType] = frozenset()
    emails: frozenset[str] | None = None
    contact_ids: frozenset[int] | None = None
    link_ids: frozenset[int] | None = None
    log_ids: frozenset[int] | None = None
    details: frozenset[str] | None = None
    sources: frozenset[MailSource] | None = None
    group_ids: frozenset[int] | None = None
    start_id: int | None = None
    end_id: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    uniques: bool = False
    grouped: bool = False
    descending: bool = True
