"""Store interests."""

from dataclasses import asdict

from pynamodb.transactions import TransactWrite

from postrider.interests.model import Interest
from postrider.interests.table import InterestItem
from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import on_condition_failure, transact


def _unknown() -> NotFound:
    return NotFound("Unknown interest.", code="interest_not_found", field="interest_name")


def _taken() -> Conflict:
    return Conflict(
        "The list already has an interest with this name; choose another name.", code="interest_exists", field="name"
    )


def _prefix(list_id: int) -> str:
    return f"interest#{padded(list_id)}#"


class InterestRepository:
    def get(self, account_id: str, list_id: int, name: str) -> Interest:
        """Return the interest with this name. Raises NotFound."""
        item = item_or_none(InterestItem, account_key(account_id), _prefix(list_id) + name)
        if item is None:
            raise _unknown()
        return _interest(item)

    def all(self, account_id: str, list_id: int) -> list[Interest]:
        """Return the interests of the list in order of name."""
        return [_interest(item) for item in items_of(InterestItem, account_id, _prefix(list_id))]

    def add(self, interest: Interest) -> None:
        """Store a new interest. Raises Conflict if the name is taken."""
        with on_condition_failure(_taken()):
            _item(interest).save(condition=InterestItem.pk.does_not_exist())

    def set_alias(self, interest: Interest) -> None:
        """Store the alias. Raises NotFound."""
        alias = InterestItem.alias
        action = alias.remove() if interest.alias is None else alias.set(interest.alias)
        with on_condition_failure(_unknown()):
            _item(interest).update(actions=[action], condition=InterestItem.id == interest.id)

    def rename(self, before: Interest, after: Interest) -> None:
        """Store the interest with another name and the same id.

        Raises Conflict if the name is taken, or the interest has changed meanwhile.
        """

        def write(writes: TransactWrite) -> None:
            writes.delete(_item(before), condition=InterestItem.id == before.id)
            writes.save(_item(after), condition=InterestItem.pk.does_not_exist())

        with on_condition_failure(_taken()):
            transact(write)

    def delete(self, interest: Interest) -> None:
        """Delete the interest. Raises NotFound if it was deleted already."""
        with on_condition_failure(_unknown()):
            _item(interest).delete(condition=InterestItem.id == interest.id)


def _item(interest: Interest) -> InterestItem:
    return InterestItem(account_key(interest.account_id), _prefix(interest.list_id) + interest.name, **asdict(interest))


def _interest(item: InterestItem) -> Interest:
    return Interest(
        id=int(item.id), account_id=item.account_id, list_id=int(item.list_id), name=item.name, alias=item.alias
    )
