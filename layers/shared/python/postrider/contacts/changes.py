"""Changes of contacts, and the ports that are notified of them."""

from collections.abc import Collection, Mapping, Sequence
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
    """A stored change. `contact` is the contact after it (before it, if deleted).

    `details` may have campaign_id or source, event_id, kind (of a bounce) and reason.
    """

    kind: ChangeKind
    contact: Contact
    happened_at: datetime
    details: Mapping[str, str | int | None] = field(default_factory=dict)


class ChangeRecorder(Protocol):
    """A recorder of stored changes; after a crash it may receive a change twice."""

    def publish(self, account_id: str, list_id: int, changes: Sequence[ContactChange]) -> None: ...


class NoRecorder:
    def publish(self, account_id: str, list_id: int, changes: Sequence[ContactChange]) -> None:
        return None


class PendingContacts(Protocol):
    """Contacts whose ids were given to callers before the contacts are written."""

    def complete(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> bool:
        """Write the pending contacts among these; return whether any was pending."""
        ...


class NoPendingContacts:
    def complete(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> bool:
        return False


class ContactRecords(Protocol):
    """The relations, events and devices of contacts."""

    def delete(self, account_id: str, contact_id: int) -> None:
        """Delete the records of a contact that is being deleted; repeating it does no harm."""
        ...


class NoRecords:
    def delete(self, account_id: str, contact_id: int) -> None:
        return None


class ConfirmationSender(Protocol):
    """A sender of confirmation requests, the mails with a link that confirms a subscription."""

    def request(self, account_id: str, list_id: int, contacts: Sequence[Contact], *, import_id: str = "") -> None:
        """Request a confirmation from each contact. Repetitions with the same `import_id` mail nobody twice."""
        ...


class NoConfirmationSender:
    def request(self, account_id: str, list_id: int, contacts: Sequence[Contact], *, import_id: str = "") -> None:
        return None
