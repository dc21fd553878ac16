"""Store accounts in the accounts table."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.accounts.model import Account
from postrider.accounts.table import AccountItem, SubAccountItem
from postrider.kit.errors import Conflict, NotFound
from postrider.outbox.model import DomainEventType, NewEvent, snapshot
from postrider.outbox.writes import NO_EVENTS, NO_RECORDER, EventRecorder, PendingEvents
from postrider.storage.accounts_table import account_key, item_or_none, items_of
from postrider.storage.dynamo import batch_get, entity, on_condition_failure, was_made

_SORT_KEY = "account"
_SUB_PREFIX = "sub_account#"


_SHOWN = (
    "id",
    "lineage",
    "status",
    "name",
    "owner_user_id",
    "partner",
    "address",
    "phone",
    "fax",
    "website",
    "usage_limits",
    "created_at",
)
_CHANGES = (
    DomainEventType.ACCOUNT_UPDATED,
    DomainEventType.ACCOUNT_CONFIRMED,
    DomainEventType.ACCOUNT_DELETED,
)


class AccountRepository:
    """A repository of accounts. An event of an account is for its own subscribers, and for those of the account above it."""

    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        self._outbox = outbox

    def get(self, account_id: str) -> Account:
        """Return an account. Raises NotFound."""
        item = item_or_none(AccountItem, account_key(account_id), _SORT_KEY)
        if item is None:
            raise NotFound("Unknown account.", code="account_not_found")
        return entity(Account, item)

    def below(self, account_id: str) -> list[Account]:
        """Return all accounts below this one, at any depth, in order of lineage."""
        rows = list(items_of(SubAccountItem, account_id, _SUB_PREFIX))
        items = {
            item.id: item for item in batch_get(AccountItem, [(account_key(row.account_id), _SORT_KEY) for row in rows])
        }
        return [entity(Account, items[row.account_id]) for row in rows if row.account_id in items]

    def number_below(self, account_id: str) -> int:
        """Return the number of accounts below this one, at any depth."""
        return sum(1 for _ in items_of(SubAccountItem, account_id, _SUB_PREFIX))

    def add(self, account: Account) -> None:
        """Store a new account. Raises Conflict if the id is taken."""
        taken = Conflict("The account exists already.", code="account_exists")
        with on_condition_failure(taken), self.creation_events(account).transaction() as writes:
            self.add_to(writes, account)

    def add_to(self, writes: TransactWrite, account: Account) -> None:
        """Add the writes of a new account to a transaction: the account, and a row for each account above it."""
        item = AccountItem(account_key(account.id), _SORT_KEY, **asdict(account))
        writes.save(item, condition=AccountItem.pk.does_not_exist())
        for row in _rows_above(account):
            writes.save(row)

    def remove_from(self, writes: TransactWrite, account: Account) -> None:
        """Add the writes that undo `add_to` to a transaction."""
        writes.delete(AccountItem(account_key(account.id), _SORT_KEY))
        for row in _rows_above(account):
            writes.delete(row)

    def creation_events(self, account: Account) -> PendingEvents:
        """Return the event of a new account, for the transaction that stores it."""
        return self._events(DomainEventType.ACCOUNT_CREATED, account)

    def removal_events(self, account: Account) -> PendingEvents:
        """Return the event of a removed account, for the transaction that removes it."""
        return self._events(DomainEventType.ACCOUNT_DELETED, account)

    def _events(self, event_type: DomainEventType, account: Account) -> PendingEvents:
        event = NewEvent(type=event_type, data=snapshot(account, *_SHOWN))
        events = self._outbox.pending(account.id, event)
        for account_id in account.lineage.split("-")[-2:-1]:
            events = events.with_others(self._outbox.pending(account_id, event))
        return events

    def _change_events(self, before: Account, changes: dict[str, Any]) -> PendingEvents:
        if not any(self._outbox.has_subscriber(reader, *_CHANGES) for reader in before.lineage.split("-")[-2:]):
            return NO_EVENTS
        after = replace(before, **changes)
        event_type = DomainEventType.ACCOUNT_UPDATED
        if after.status == "deleted":
            event_type = DomainEventType.ACCOUNT_DELETED
        elif before.status == "pending" and after.is_open:
            event_type = DomainEventType.ACCOUNT_CONFIRMED
        return self._events(event_type, after)

    def change(self, before: Account, changes: dict[str, Any]) -> Account:
        """Set attributes, and clear attributes that are None; return the account. Raises NotFound."""
        item = AccountItem(account_key(before.id), _SORT_KEY)
        actions: list[Action] = [
            getattr(AccountItem, name).set(value) for name, value in changes.items() if value is not None
        ]
        actions += [getattr(AccountItem, name).remove() for name, value in changes.items() if value is None]
        if actions:
            events = self._change_events(before, changes)
            with on_condition_failure(NotFound("Unknown account.", code="account_not_found")):
                events.update(item, actions, AccountItem.pk.exists())
        return self.get(before.id)

    def record_activity(self, account_id: str, at: datetime) -> None:
        """Set the moment of the last activity; do nothing if the account is deleted."""
        item = AccountItem(account_key(account_id), _SORT_KEY)
        was_made(lambda: item.update([AccountItem.last_activity_at.set(at)], condition=AccountItem.pk.exists()))

    def replace_default_list(self, account_id: str, before: int | None, after: int) -> bool:
        """Set the default list. Return False if it is no longer `before`, or the account is deleted."""
        item = AccountItem(account_key(account_id), _SORT_KEY)
        attribute = AccountItem.default_list_id
        unchanged = attribute.does_not_exist() if before is None else attribute == before
        condition = AccountItem.pk.exists() & unchanged
        return was_made(lambda: item.update(actions=[attribute.set(after)], condition=condition))


def _rows_above(account: Account) -> list[SubAccountItem]:
    """Return the rows of the account for each account above it."""
    key = _SUB_PREFIX + account.lineage
    above = account.lineage.split("-")[:-1]
    return [SubAccountItem(account_key(account_id), key, account_id=account.id) for account_id in above]
