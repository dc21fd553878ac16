"""Store senders and the links that confirm them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from postrider.contacts import address
from postrider.kit.errors import Invalid, NotFound
from postrider.outbox.model import DomainEventType, NewEvent, snapshot
from postrider.outbox.writes import NO_EVENTS, NO_RECORDER, EventRecorder, PendingEvents
from postrider.senders.model import Sender
from postrider.senders.table import SenderConfirmationItem, SenderItem, SenderNameItem
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import batch_get, entity, on_condition_failure

_PREFIX = "sender#"
_NUMERIC_ID_PREFIX = "sender_numeric_id#"


def _unknown() -> NotFound:
    return NotFound("Unknown sender.", code="sender_not_found", field="sender_id")


def _confirmation_key(secret: str) -> str:
    return f"confirmation#{hashlib.sha256(secret.encode()).hexdigest()}"


_SHOWN = ("id", "name", "email", "confirmed", "confirmed_at", "language", "last_confirmation_sent_at")
_CHANGES = (
    DomainEventType.SENDER_UPDATED,
    DomainEventType.SENDER_CONFIRMED,
    DomainEventType.SENDER_CONFIRMATION_SENT,
)


def _event(event_type: DomainEventType, sender: Sender) -> NewEvent:
    return NewEvent(type=event_type, data=snapshot(sender, *_SHOWN))


def _address_key(email: str) -> str:
    return f"sender_address#{address.canonical(email)}"


def _names(sender: Sender) -> tuple[str, str]:
    return _address_key(sender.email), _NUMERIC_ID_PREFIX + padded(sender.numeric_id)


class SenderRepository:
    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        self._outbox = outbox

    def get(self, account_id: str, sender_id: str) -> Sender:
        """Return a sender. Raises NotFound."""
        item = item_or_none(SenderItem, account_key(account_id), _PREFIX + sender_id)
        if item is None:
            raise _unknown()
        return entity(Sender, item)

    def all(self, account_id: str) -> list[Sender]:
        return [entity(Sender, item) for item in items_of(SenderItem, account_id, _PREFIX)]

    def many(self, account_id: str, sender_ids: Iterable[str]) -> dict[str, Sender]:
        """Return the existing senders with these ids, with one call for 100."""
        keys = [(account_key(account_id), _PREFIX + sender_id) for sender_id in sender_ids]
        return {item.id: entity(Sender, item) for item in batch_get(SenderItem, keys)}

    def with_address(self, account_id: str, email: str) -> Sender | None:
        """Return the sender with this address, in any spelling."""
        return self._named(account_id, _address_key(email))

    def get_by_numeric_id(self, account_id: str, numeric_id: int) -> Sender:
        """Return the sender with this numeric id. Raises NotFound."""
        sender = self._named(account_id, _NUMERIC_ID_PREFIX + padded(numeric_id))
        if sender is None:
            raise _unknown()
        return sender

    def add(self, sender: Sender) -> None:
        """Store a new sender. Raises Invalid if the account has a sender with this address."""
        pk = account_key(sender.account_id)
        events = [_event(DomainEventType.SENDER_CREATED, sender)]
        if sender.confirmed:
            events.append(_event(DomainEventType.SENDER_CONFIRMED, sender))
        pending = self._outbox.pending(sender.account_id, *events)
        exists = Invalid("The account already has a sender with this address.", code="sender_exists", field="email")
        with on_condition_failure(exists), pending.transaction() as writes:
            writes.save(SenderItem(pk, _PREFIX + sender.id, **asdict(sender)))
            for key in _names(sender):
                item = SenderNameItem(pk, key, sender_id=sender.id)
                writes.save(item, condition=SenderNameItem.pk.does_not_exist())

    def change(self, account_id: str, sender_id: str, **values: Any) -> Sender:
        """Set the given attributes. Raises NotFound."""
        item = SenderItem(account_key(account_id), _PREFIX + sender_id)
        actions: list[Action] = [getattr(SenderItem, name).set(value) for name, value in values.items()]
        with on_condition_failure(_unknown()):
            self._change_events(account_id, sender_id, values).update(item, actions, SenderItem.pk.exists())
        return self.get(account_id, sender_id)

    def _change_events(self, account_id: str, sender_id: str, values: Mapping[str, Any]) -> PendingEvents:
        """Return the event of a change; the sender is only read if the event has a subscriber."""
        if not self._outbox.has_subscriber(account_id, *_CHANGES):
            return NO_EVENTS
        event_type = DomainEventType.SENDER_UPDATED
        if values.get("confirmed"):
            event_type = DomainEventType.SENDER_CONFIRMED
        elif "last_confirmation_sent_at" in values:
            event_type = DomainEventType.SENDER_CONFIRMATION_SENT
        after = replace(self.get(account_id, sender_id), **values)
        return self._outbox.pending(account_id, _event(event_type, after))

    def delete(self, sender: Sender) -> None:
        """Delete a sender, and release its address and numeric id. Raises NotFound."""
        pk = account_key(sender.account_id)
        pending = self._outbox.pending(sender.account_id, _event(DomainEventType.SENDER_DELETED, sender))
        with on_condition_failure(_unknown()), pending.transaction() as writes:
            writes.delete(SenderItem(pk, _PREFIX + sender.id), condition=SenderItem.pk.exists())
            for key in _names(sender):
                writes.delete(SenderNameItem(pk, key))

    def _named(self, account_id: str, key: str) -> Sender | None:
        item = item_or_none(SenderNameItem, account_key(account_id), key)
        return None if item is None else self.get(account_id, item.sender_id)

    def add_confirmation(self, secret: str, *, account_id: str, sender_id: str, expires_at: datetime) -> None:
        SenderConfirmationItem(
            _confirmation_key(secret), "confirmation", account_id=account_id, sender_id=sender_id, expires_at=expires_at
        ).save()

    def confirmation(self, secret: str) -> SenderConfirmationItem | None:
        return item_or_none(SenderConfirmationItem, _confirmation_key(secret), "confirmation")
