"""What happened to contacts, for those who log it or tell others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from postrider.contacts.model import Contact


class ChangeKind(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    DELETED = "deleted"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"
    CONFIRMED = "confirmed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, kw_only=True)
class ContactChange:
    """`contact` is as it is now (deleted: as it was). `details`: campaign_id or source, event_id, kind of a bounce, reason."""

    kind: ChangeKind
    contact: Contact
    happened_at: datetime
    details: Mapping[str, str | int | None] = field(default_factory=dict)


class ChangeRecorder(Protocol):
    """Told after the change is stored; the same news may come twice after a crash."""

    def publish(self, account_id: str, list_id: int, news: Sequence[ContactChange]) -> None: ...


class NoRecorder:
    def publish(self, account_id: str, list_id: int, news: Sequence[ContactChange]) -> None:
        return None


class OptIn(Protocol):
    """Sends the mail with the link that confirms a subscription."""

    def ask(self, account_id: str, list_id: int, contacts: Sequence[Contact]) -> None: ...


class NoOptIn:
    def ask(self, account_id: str, list_id: int, contacts: Sequence[Contact]) -> None:
        return None
