"""Create, read and change accounts, and check whether a caller reaches an account."""

import time
from dataclasses import replace
from typing import Any

from cachetools import TTLCache
from pynamodb.transactions import TransactWrite

from postrider.accounts.model import Account, Caller, below
from postrider.accounts.repository import AccountRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Forbidden, NotFound, OutOfReach
from postrider.outbox.writes import PendingEvents
from postrider.storage import sequences

CACHE_S = 30
"""Time for which a process caches an account. A suspension takes effect within this time."""
CACHED_ACCOUNTS = 1000

DEFAULT_OVERRIDES = {"bypass_recaptcha": False, "inject_address": True, "inject_unsubscribe_link": True}
_MERGED = frozenset({"address", "usage_limits", "overrides", "domains"})


class AccountService:
    def __init__(self, accounts: AccountRepository, now: Clock) -> None:
        self._accounts, self._now = accounts, now
        self._cache: TTLCache[str, Account] = TTLCache(CACHED_ACCOUNTS, CACHE_S, timer=lambda: time.monotonic())

    def get(self, account_id: str) -> Account:
        """Return an account. Raises NotFound."""
        return self._accounts.get(account_id)

    def get_cached(self, account_id: str, *, anew: bool = False) -> Account:
        """Return an account that may be CACHE_S old, or read it `anew`. Raises NotFound."""
        account = None if anew else self._cache.get(account_id)
        if account is None:
            account = self._cache[account_id] = self._accounts.get(account_id)
        return account

    def is_open(self, account_id: str) -> bool:
        """Return whether the account exists and has access, as it was at most CACHE_S ago."""
        try:
            return self.has_access(self.get_cached(account_id))
        except NotFound:
            return False

    def has_access(self, account: Account, *, anew: bool = False) -> bool:
        """Return whether the account is open, and no account above it is suspended or deleted.

        The accounts above it may be CACHE_S old, unless they are read `anew`. Raises NotFound.
        """
        above = account.lineage.split("-")[:-1]
        return account.is_open and not any(self.get_cached(account_id, anew=anew).is_closed for account_id in above)

    def create(self, *, name: str | None, parent: Account | None = None, partner: bool = False) -> Account:
        """Create an active account, below `parent` or at the top."""
        account = self.new(name=name, parent=parent, partner=partner)
        self._accounts.add(account)
        return account

    def add_to(self, writes: TransactWrite, account: Account) -> None:
        """Add the writes of a new account to a transaction."""
        self._accounts.add_to(writes, account)

    def creation_events(self, account: Account) -> PendingEvents:
        """Return the event of a new account, for the transaction that stores it."""
        return self._accounts.creation_events(account)

    def removal_events(self, account: Account) -> PendingEvents:
        """Return the event of a removed account, for the transaction that removes it."""
        return self._accounts.removal_events(account)

    def remove_from(self, writes: TransactWrite, account: Account) -> None:
        """Add the writes that undo `add_to` to a transaction."""
        self._accounts.remove_from(writes, account)

    def below(self, account_id: str) -> list[Account]:
        """Return all accounts below this one, at any depth, in order of lineage."""
        return self._accounts.below(account_id)

    def number_below(self, account_id: str) -> int:
        """Return the number of accounts below this one, at any depth."""
        return self._accounts.number_below(account_id)

    def new(self, *, name: str | None, parent: Account | None = None, **values: Any) -> Account:
        """Return a new account, which is not stored yet; it is active unless `values` has another status."""
        account_id = str(sequences.allocate("account"))
        now = self._now()
        return Account(
            **{
                "id": account_id,
                "name": name,
                "lineage": f"{parent.lineage}-{account_id}" if parent else account_id,
                "status": "active",
                "created_at": now,
                "last_activity_at": now,
                "overrides": DEFAULT_OVERRIDES,
                **values,
            }
        )

    def change(self, account_id: str, changes: dict[str, Any]) -> Account:
        """Set attributes, nested objects key by key, and return the account. Raises NotFound."""
        before = self._accounts.get(account_id)
        merged = {
            name: {**getattr(before, name), **(value or {})} if name in _MERGED else value
            for name, value in changes.items()
        }
        self._cache.pop(account_id, None)
        return self._accounts.change(before, merged)

    def record_activity(self, account_id: str) -> None:
        """Record that a user of the account is active now."""
        self._accounts.record_activity(account_id, self._now())

    def replace_default_list(self, account_id: str, before: int | None, after: int) -> bool:
        """Set the default list. Return False if it is no longer `before`."""
        self._cache.pop(account_id, None)
        return self._accounts.replace_default_list(account_id, before, after)

    def check_manager(self, caller: Caller) -> None:
        """Check that the token belongs to an administrator, or has all rights of the owner. Raises Forbidden."""
        owner_id = self.get_cached(caller.user_account_id).owner_user_id
        is_owner = caller.user_id == owner_id and "user" in caller.scopes
        if not is_owner and "admin" not in caller.scopes:
            raise Forbidden("Only the owner or an administrator may do this.", code="owner_required")

    def act_as(self, caller: Caller, account_id: str | None, *, field: FieldPath = "account_id") -> Caller:
        """Return the caller with the account `account_id`. Raises OutOfReach unless it is the caller's own or below it."""
        if account_id is None or account_id == caller.account_id:
            return caller
        refused = OutOfReach("The account is neither the caller's own nor below it.", field=field)
        try:
            target = self.get_cached(account_id)
        except NotFound as exc:
            raise refused from exc
        if caller.is_bound or not below(caller.lineage, target.lineage) or target.status == "deleted":
            raise refused
        return replace(caller, account_id=account_id)
