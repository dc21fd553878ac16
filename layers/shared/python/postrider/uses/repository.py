"""Store uses in the accounts table, so that the owners of an object are found with one query."""

from collections.abc import Iterable
from datetime import datetime

from postrider.storage.accounts_table import account_key, items_of
from postrider.storage.dynamo import was_made
from postrider.uses.model import OwnerKind, UsedObject, UsingObject
from postrider.uses.table import UseItem


class UseRepository:
    def add(self, account_id: str, owner: UsingObject, used: Iterable[UsedObject], now: datetime) -> None:
        """Store that the owner uses these objects, or is about to use them."""
        with UseItem.batch_write() as batch:
            for each in used:
                batch.save(UseItem(account_key(account_id), _key(each, owner), noted_at=now))

    def remove(
        self, account_id: str, owner: UsingObject, used: Iterable[UsedObject], *, noted_before: datetime
    ) -> None:
        """Delete the uses of these objects by the owner, unless they were noted again since this moment."""
        for each in used:
            item = UseItem(account_key(account_id), _key(each, owner))
            was_made(lambda item=item: item.delete(condition=UseItem.noted_at < noted_before))  # type: ignore[misc]

    def owners(self, account_id: str, used: UsedObject) -> list[UsingObject]:
        """Return the current, and perhaps former, owners of uses of an object."""
        start = _start(used)
        keys = (item.sk.removeprefix(start) for item in items_of(UseItem, account_id, start))
        return [UsingObject(OwnerKind(kind), owner_id) for kind, _, owner_id in (key.partition("#") for key in keys)]


def _start(used: UsedObject) -> str:
    """Return the prefix of the keys; a name is encoded, and has at most three times its length there."""
    name = used.name.replace("%", "%25").replace("#", "%23")
    return f"uses#{used.kind}#{name}#"


def _key(used: UsedObject, owner: UsingObject) -> str:
    return f"{_start(used)}{owner.kind}#{owner.id}"
