"""Interests: entities in, entities out."""

from dataclasses import asdict

from postrider.directory import account_key, item_or_none, items_of, padded
from postrider.interests.model import Interest
from postrider.interests.table import InterestItem
from postrider.kit.dynamo import entity, on_condition_failure
from postrider.kit.errors import Conflict, NotFound


def _unknown() -> NotFound:
    return NotFound("There is no such interest.", code="interest_not_found", loc=("path", "interest_name"))


def _prefix(list_id: int) -> str:
    return f"interest#{padded(list_id)}#"


class InterestRepository:
    def get(self, account_id: str, list_id: int, name: str) -> Interest:
        """Raises NotFound."""
        item = item_or_none(InterestItem, account_key(account_id), _prefix(list_id) + name)
        if item is None:
            raise _unknown()
        return entity(Interest, item)

    def all(self, account_id: str, list_id: int) -> list[Interest]:
        """In order of name."""
        return [entity(Interest, item) for item in items_of(InterestItem, account_id, _prefix(list_id))]

    def add(self, interest: Interest) -> None:
        """Raises Conflict when the list has one of this name."""
        taken = Conflict("The list has an interest of this name.", code="interest_exists", loc=("body", "name"))
        with on_condition_failure(taken):
            self._item(interest).save(condition=InterestItem.pk.does_not_exist())

    def save(self, interest: Interest) -> None:
        self._item(interest).save()

    def delete(self, account_id: str, list_id: int, name: str) -> None:
        """Raises NotFound."""
        with on_condition_failure(_unknown()):
            InterestItem(account_key(account_id), _prefix(list_id) + name).delete(condition=InterestItem.pk.exists())

    @staticmethod
    def _item(interest: Interest) -> InterestItem:
        sort_key = _prefix(interest.list_id) + interest.name
        return InterestItem(account_key(interest.account_id), sort_key, **asdict(interest))
