"""What happened to contacts, for those who log it or tell others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from postrider.contacts.model import Contact


class NewsKind(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    DELETED = "deleted"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"
    CONFIRMED = "confirmed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, kw_only=True)
class ContactNews:
    """`contact` is as it is now (deleted: as it was). `details`: campaign_id, event_id, kind of a bounce, reason."""

    kind: NewsKind
    contact: Contact
    happened_at: datetime
    details: Mapping[str, str | int | None] = field(default_factory=dict)


class Newsroom(Protocol):
    """Told after the change is stored; the same news may come twice after a crash."""

    def publish(self, account_id: str, list_id: int, news: Sequence[ContactNews]) -> None: ...


class Silence:
    def publish(self, account_id: str, list_id: int, news: Sequence[ContactNews]) -> None:
        return None


class OptIn(Protocol):
    """Sends the mail with the link that confirms a subscription."""

    def ask(self, account_id: str, list_id: int, contacts: Sequence[Contact]) -> None: ...


class NoOptIn:
    def ask(self, account_id: str, list_id: int, contacts: Sequence[Contact]) -> None:
        return None
