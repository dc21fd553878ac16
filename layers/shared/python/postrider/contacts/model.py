"""A contact: one person on one list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from postrider.kit.clock import unix
from postrider.suppressions.model import SuppressionSource

BLOCK_SIZE = 1024
"""Ids in a block: `id // BLOCK_SIZE` is the block, which is one partition and always belongs to the same list."""

NEVER_BOUNCED = "none"

OUTCOME_KEPT_FOR = timedelta(days=21)
"""Retention of the records of a part of an import: longer than queues and dead-letter queues keep a message (14 days)."""

Value = str | int
"""A value of a custom attribute: text, number, or a moment as YYYY-MM-DD HH:MM:SS in UTC."""


class Status(StrEnum):
    """The status of a contact. Only active contacts are mailed.

    ARCHIVED contacts are hidden from listings that do not ask for them. UNADDRESSED contacts have no address yet: only
    APIs with other identifiers show them. DELETED is used by counters and imports only.
    """

    ACTIVE = "active"
    PENDING = "pending"
    INVALID = "invalid"
    UNSUBSCRIBED = "unsubscribed"
    FLAGGED = "flagged"
    ARCHIVED = "archived"
    UNADDRESSED = "unaddressed"
    DELETED = "deleted"


NOT_INDEXED = frozenset({Status.ACTIVE, Status.UNADDRESSED})
"""Statuses without an index entry, which costs a write unit: most contacts are active, and no listing needs the others."""


class DoubleOptIn(StrEnum):
    """The condition for a confirmation request: always, never, for an address new to the list, or unless already active."""

    ALWAYS = "true"
    NEVER = "false"
    NEW = "new"
    NOT_ACTIVE = "not_active"


class StatusChange(StrEnum):
    """The change of the status of one contact that a call requests, and with it of the consent."""

    KEEP = "keep"
    SUBSCRIBE = "subscribe"
    REQUEST_CONFIRMATION = "request_confirmation"
    UNSUBSCRIBE = "unsubscribe"
    MARK_INVALID = "mark_invalid"
    ARCHIVE = "archive"


class WithdrawnBy(StrEnum):
    """The cause that took the consent of a contact away."""

    PERSON = "person"
    ACCOUNT = "account"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True, kw_only=True)
class SuppressionMark:
    """The source and the moment of the suppression of an address, copied to its contacts."""

    source: SuppressionSource
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person on a list. `address` is the canonical form of `email`; `subscribed_at` never changes and grows with the id.

    Both are "" for an UNADDRESSED contact. `external_id` is the id that the customer's own systems give the person.
    `groups` and `interests` have ids, and `attributes` has values by id of the attribute; some ids may belong to deleted
    objects. `mark` is the suppression of this address (patterns mark nobody). `soft_bounces` and `hard_bounced`
    decide whether the contact is invalid; `bounce_events` has the ids of the last bounces, so that each is counted once.
    `withdrawn_by` is set while the consent is taken away. `consent_number` counts the acts that gave or took it away: a
    confirmation link is valid for one number, so that its use and any later act end it. `departures` counts how often the
    contact ceased to be mailable: by an act, a bounce, or the suppression of its address. `address_since` is the moment
    of the last change of its address, None without a change. `confirmation_due` says that the
    request of a new contact may not have been enqueued yet. `origin` names the part of an import, or the sign-up, that
    created the contact. `has_records` is set before relations, events or devices are stored for the contact, which are
    deleted with it, and `has_consents` before consent records are. `opted_in_at` is the moment of the opt-in that a file had.
    """

    account_id: str
    list_id: int
    id: int
    email: str
    address: str
    status: Status
    subscribed_at: datetime
    updated_at: datetime
    external_id: str | None = None
    attributes: dict[int, Value] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    last_bounce_type: str = NEVER_BOUNCED
    bounces_count: int = 0
    soft_bounces: int = 0
    hard_bounced: bool = False
    bounce_events: tuple[str, ...] = ()
    mark: SuppressionMark | None = None
    withdrawn_by: WithdrawnBy | None = None
    consent_number: int = 0
    departures: int = 0
    address_since: datetime | None = None
    confirmation_due: bool = False
    origin: str | None = None
    has_records: bool = False
    has_consents: bool = False
    opted_in_at: datetime | None = None
    version: int = 1

    @property
    def block(self) -> int:
        return block_of(self.id)

    @property
    def has_address(self) -> bool:
        return self.address != ""

    @property
    def address_number(self) -> int:
        """The moment of the last change of the address in Unix seconds, 0 without one: it tells its addresses apart."""
        return 0 if self.address_since is None else unix(self.address_since)

    @property
    def suppressed(self) -> bool:
        return self.mark is not None

    @property
    def is_mailable(self) -> bool:
        """Whether the contact may get mail. Patterns and the suppressions of the last minutes are checked elsewhere."""
        return self.status == Status.ACTIVE and not self.suppressed


@dataclass(frozen=True, kw_only=True)
class ConsentRecord:
    """Prove a consent: the text that the person agreed to, where, when and with which program.

    `consented_at` is None when the moment is unknown; the texts are "" when unknown. `created_at` is when it was stored.
    """

    created_at: datetime
    consented_at: datetime | None = None
    text: str = ""
    url: str = ""
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The reservation of an address on a list for a contact id; an import may still have to write the contact.

    `departure` is that of an earlier contact with the address. `is_stored` is false for the claim of a deleted contact, which
    an import needs to recognize the contact.
    """

    address: str
    contact_id: int
    subscribed_at: datetime
    departure: WithdrawnBy | None = None
    is_stored: bool = True


@dataclass(frozen=True, kw_only=True)
class KnownAddresses:
    """The claims of canonical addresses on a list, and their departures.

    `claims` refer to contacts. `departures` are from former contacts; their addresses are free, or claimed by an import. The
    next contact with such an address is created without consent.
    """

    claims: Mapping[str, Claim]
    departures: Mapping[str, WithdrawnBy]


def block_of(contact_id: int) -> int:
    return contact_id // BLOCK_SIZE
