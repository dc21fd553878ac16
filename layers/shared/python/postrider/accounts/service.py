"""Rules of accounts: settings, and which accounts a caller may act in."""

import time
from dataclasses import replace
from typing import Any

from postrider.accounts.model import Account, Caller, below
from postrider.accounts.repository import AccountRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound, OutOfReach
from postrider.storage import sequences

CACHE_S = 30
"""How long a process uses an account that it has read: a suspension takes effect within this time."""

DEFAULT_OVERRIDES = {"bypass_recaptcha": False, "inject_address": True, "inject_unsubscribe_link": True}
_MERGED = frozenset({"address", "usage_limits", "overrides", "domains"})


class AccountService:
    def __init__(self, accounts: AccountRepository, now: Clock) -> None:
        self._accounts, self._now = accounts, now
        self._cache: dict[str, tuple[float, Account]] = {}

    def get(self, account_id: str) -> Account:
        """Return the account. Raises NotFound."""
        return self._accounts.get(account_id)

    def get_cached(self, account_id: str) -> Account:
        """Return the account as it was at most CACHE_S ago. Raises NotFound."""
        read_at, account = self._cache.get(account_id, (float("-inf"), None))
        if account is None or time.monotonic() - read_at > CACHE_S:
            account = self._accounts.get(account_id)
            self._cache[account_id] = (time.monotonic(), account)
        return account

    def create(self, *, name: str | None, parent: Account | None = None, partner: bool = False) -> Account:
        """Add an active account, below `parent` or at the top."""
        account_id = str(sequences.allocate("account"))
        now = self._now()
        account = Account(
            id=account_id,
            name=name,
            lineage=f"{parent.lineage}-{account_id}" if parent else account_id,
            status="active",
            created_at=now,
            last_activity_at=now,
            partner=partner,
            overrides=DEFAULT_OVERRIDES,
        )
        self._accounts.add(account)
        return account

    def change(self, account_id: str, changes: dict[str, Any]) -> Account:
        """Set the given fields; nested objects key by key. Raises NotFound."""
        before = self._accounts.get(account_id)
        merged = {
            name: {**getattr(before, name), **(value or {})} if name in _MERGED else value
            for name, value in changes.items()
        }
        self._cache.pop(account_id, None)
        return self._accounts.change(account_id, merged)

    def act_as(self, caller: Caller, account_id: str | None) -> Caller:
        """Return the caller, acting in `account_id` (None: its own). Raises OutOfReach when that is not its own or below it."""
        if account_id is None or account_id == caller.account_id:
            return caller
        refused = OutOfReach("The account is not within reach of the caller.")
        try:
            target = self.get_cached(account_id)
        except NotFound as exc:
            raise refused from exc
        if not below(caller.lineage, target.lineage) or target.status == "deleted":
            raise refused
        return replace(caller, account_id=account_id)
