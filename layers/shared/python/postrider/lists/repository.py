"""Stores lists."""

from dataclasses import asdict
from typing import Any

from postrider.kit.errors import NotFound
from postrider.lists.model import ContactList
from postrider.lists.table import ListItem
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import entity, on_condition_failure

_PREFIX = "list#"


def _unknown() -> NotFound:
    return NotFound("Unknown list.", code="list_not_found", field="list_id")


def _sort_key(list_id: int) -> str:
    return _PREFIX + padded(list_id)


class ListRepository:
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
        ListItem(account_key(contact_list.account_id), _sort_key(contact_list.id), **asdict(contact_list)).save()

    def change(self, account_id: str, list_id: int, **values: Any) -> ContactList:
        """Set the given attributes. Raises NotFound."""
        item = ListItem(account_key(account_id), _sort_key(list_id))
        with on_condition_failure(_unknown()):
            item.update(
                actions=[getattr(ListItem, name).set(value) for name, value in values.items()],
                condition=ListItem.pk.exists(),
            )
        return self.get(account_id, list_id)

    def delete(self, account_id: str, list_id: int) -> None:
        ListItem(account_key(account_id), _sort_key(list_id)).delete()
