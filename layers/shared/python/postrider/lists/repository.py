"""Store lists."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pynamodb.expressions.update import Action

from postrider.kit.errors import NotFound
from postrider.lists.model import DELETING, ContactList
from postrider.lists.table import ListItem
from postrider.outbox.model import DomainEventType, NewEvent, snapshot
from postrider.outbox.writes import NO_EVENTS, NO_RECORDER, EventRecorder, PendingEvents
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import entity, on_condition_failure

_PREFIX = "list#"


def _unknown() -> NotFound:
    return NotFound("Unknown list.", code="list_not_found", field="list_id")


def _sort_key(list_id: int) -> str:
    return _PREFIX + padded(list_id)


_CHANGES = (DomainEventType.LIST_UPDATED, DomainEventType.LIST_DELETED)
_SHOWN = (
    "id",
    "name",
    "status",
    "language",
    "created_at",
    "policy_accepted",
    "redirections",
    "webhook",
    "default_sender_id",
)


def _event(event_type: DomainEventType, contact_list: ContactList) -> NewEvent:
    return NewEvent(type=event_type, data=snapshot(contact_list, *_SHOWN), list_id=contact_list.id)


class ListRepository:
    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        self._outbox = outbox

    def get(self, account_id: str, list_id: int) -> ContactList:
        """Return a list. Raises NotFound."""
        item = item_or_none(ListItem, account_key(account_id), _sort_key(list_id))
        if item is None:
            raise _unknown()
        return entity(ContactList, item)

    def all(self, account_id: str) -> list[ContactList]:
        """Return the lists of an account in order of id."""
        return [entity(ContactList, item) for item in items_of(ListItem, account_id, _PREFIX)]

    def add(self, contact_list: ContactList) -> None:
        events = self._outbox.pending(contact_list.account_id, _event(DomainEventType.LIST_CREATED, contact_list))
        key = account_key(contact_list.account_id), _sort_key(contact_list.id)
        events.save(ListItem(*key, **asdict(contact_list)))

    def change(self, account_id: str, list_id: int, **values: Any) -> ContactList:
        """Set the given attributes. Raises NotFound."""
        item = ListItem(account_key(account_id), _sort_key(list_id))
        actions: list[Action] = [getattr(ListItem, name).set(value) for name, value in values.items()]
        with on_condition_failure(_unknown()):
            self._change_events(account_id, list_id, values).update(item, actions, ListItem.pk.exists())
        return self.get(account_id, list_id)

    def _change_events(self, account_id: str, list_id: int, values: Mapping[str, Any]) -> PendingEvents:
        """Return the event of a change; the list is only read for a subscriber. The mark as deleting is a deletion."""
        if not self._outbox.has_subscriber(account_id, *_CHANGES, list_id=list_id):
            return NO_EVENTS
        after = replace(self.get(account_id, list_id), **values)
        is_deleted = after.status == DELETING
        event_type = DomainEventType.LIST_DELETED if is_deleted else DomainEventType.LIST_UPDATED
        return self._outbox.pending(account_id, _event(event_type, after))

    def delete(self, account_id: str, list_id: int) -> None:
        ListItem(account_key(account_id), _sort_key(list_id)).delete()
