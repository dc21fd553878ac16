"""Interests: entities in, entities out."""

from dataclasses import asdict

from postrider.interests.model import Interest
from postrider.interests.table import InterestItem
from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import entity, on_condition_failure


def _unknown() -> NotFound:
    return NotFound("There is no such interest.", code="interest_not_found", field="interest_name")


def _prefix(list_id: int) -> str:
    return f"interest#{padded(list_id)}#"


class InterestRepository:
    def get(self, account_id: str, list_id: int, name: str) -> Interest:
        """Raises NotFound."""
        item = item_or_none(InterestItem, account_key(account_id), _prefix(list_id) + name)
        if item is None or item.leaving:
            raise _unknown()
        return entity(Interest, item)

    def all(self, account_id: str, list_id: int) -> list[Interest]:
        """In order of name."""
        found = items_of(InterestItem, account_id, _prefix(list_id))
        return [entity(Interest, item) for item in found if not item.leaving]

    def add(self, interest: Interest) -> None:
        """Raises Conflict when the list has one of this name."""
        taken = Conflict("The list has an interest of this name.", code="interest_exists", field="name")
        with on_condition_failure(taken):
            self.item(interest).save(condition=InterestItem.pk.does_not_exist())

    def set_alias(self, interest: Interest) -> None:
        """Raises NotFound."""
        alias = InterestItem.alias
        action = alias.remove() if interest.alias is None else alias.set(interest.alias)
        item = InterestItem(account_key(interest.account_id), _prefix(interest.list_id) + interest.name)
        with on_condition_failure(_unknown()):
            item.update(actions=[action], condition=InterestItem.leaving.does_not_exist() & InterestItem.pk.exists())

    @staticmethod
    def item(interest: Interest) -> InterestItem:
        sort_key = _prefix(interest.list_id) + interest.name
        return InterestItem(account_key(interest.account_id), sort_key, **asdict(interest))
