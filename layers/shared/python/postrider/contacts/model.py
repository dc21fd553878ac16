"""A contact: one person on one list."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

BLOCK_SIZE = 1024
"""Ids come in blocks: `id // BLOCK_SIZE` is the block, which belongs to one list for ever and is one partition."""

NEVER_BOUNCED = "none"

Value = str | int
"""A value of a custom attribute: text, number, or a moment as YYYY-MM-DD HH:MM:SS in UTC."""


class Status(StrEnum):
    """Only active contacts are mailed. A deleted contact is gone; the word is left in counters and imports."""

    ACTIVE = "active"
    PENDING = "pending"
    INVALID = "invalid"
    UNSUBSCRIBED = "unsubscribed"
    FLAGGED = "flagged"
    DELETED = "deleted"


class DoubleOptIn(StrEnum):
    """When the confirmation mail goes out: always, never, to an email new to the list, or when not already active."""

    ALWAYS = "true"
    NEVER = "false"
    NEW = "new"
    NOT_ACTIVE = "not_active"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """`address` is the identity of `email`; `subscribed_at` never changes and grows with the id.

    `groups` and `interests` are ids, and `attributes` has values by the attribute's id; ids of what has been deleted may
    be among them. `suppressed`: the account suppressed exactly this address. `soft_bounces` and `hard_bounced` decide about
    `invalid`; `bounce_events` are the ids of the last bounces, so that each counts once. `origin` names the import part
    that made the contact.
    """

    account_id: str
    list_id: int
    id: int
    email: str
    address: str
    status: Status
    subscribed_at: datetime
    updated_at: datetime
    attributes: dict[int, Value] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    last_bounce_type: str = NEVER_BOUNCED
    bounces_count: int = 0
    soft_bounces: int = 0
    hard_bounced: bool = False
    bounce_events: tuple[str, ...] = ()
    suppressed: bool = False
    origin: str | None = None
    version: int = 1

    @property
    def block(self) -> int:
        return block_of(self.id)

    @property
    def mailable(self) -> bool:
        """Whether the contact may get mail, before wildcards and the suppressions of the last minutes are checked."""
        return self.status == Status.ACTIVE and not self.suppressed


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An address is taken on a list by this id; the contact itself may still be on its way from an import."""

    address: str
    contact_id: int
    subscribed_at: datetime


def block_of(contact_id: int) -> int:
    return contact_id // BLOCK_SIZE
