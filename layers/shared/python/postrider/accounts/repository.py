"""Store accounts in the accounts table."""

from dataclasses import asdict
from typing import Any

from postrider.accounts.model import Account
from postrider.accounts.table import AccountItem
from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none
from postrider.storage.dynamo import entity, on_condition_failure, was_made

_SORT_KEY = "account"


class AccountRepository:
    def get(self, account_id: str) -> Account:
        """Return an account. Raises NotFound."""
        item = item_or_none(AccountItem, account_key(account_id), _SORT_KEY)
        if item is None:
            raise NotFound("Unknown account.", code="account_not_found")
        return entity(Account, item)

    def add(self, account: Account) -> None:
        """Store a new account. Raises Conflict when the id is taken."""
        item = AccountItem(account_key(account.id), _SORT_KEY, **asdict(account))
        with on_condition_failure(Conflict("The account exists already.", code="account_exists")):
            item.save(condition=AccountItem.pk.does_not_exist())

    def change(self, account_id: str, changes: dict[str, Any]) -> Account:
        """Set attributes, or clear those that are None, and return the account. Raises NotFound."""
        item = AccountItem(account_key(account_id), _SORT_KEY)
        actions = [getattr(AccountItem, name).set(value) for name, value in changes.items() if value is not None]
        actions += [getattr(AccountItem, name).remove() for name, value in changes.items() if value is None]
        if actions:
            with on_condition_failure(NotFound("Unknown account.", code="account_not_found")):
                item.update(actions=actions, condition=AccountItem.pk.exists())
        return self.get(account_id)

    def replace_default_list(self, account_id: str, before: int | None, after: int) -> bool:
        """Set the default list. Return False when it is not `before` any longer, or the account is gone."""
        item = AccountItem(account_key(account_id), _SORT_KEY)
        attribute = AccountItem.default_list_id
        unchanged = attribute.does_not_exist() if before is None else attribute == before
        condition = AccountItem.pk.exists() & unchanged
        return was_made(lambda: item.update(actions=[attribute.set(after)], condition=condition))
