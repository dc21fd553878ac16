"""Create the first account of a deployment and its owner, and read settings of an account from its owner."""

import time
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cachetools import TTLCache

from postrider.accounts.service import CACHE_S, CACHED_ACCOUNTS, AccountService
from postrider.epochs.service import EpochService
from postrider.kit.errors import NotFound
from postrider.users.model import OWNER_SCOPES, User
from postrider.users.service import UserService


class OwnerService:
    def __init__(self, accounts: AccountService, users: UserService, epochs: EpochService) -> None:
        self._accounts, self._users, self._epochs = accounts, users, epochs
        self._time_zones: TTLCache[str, tzinfo] = TTLCache(CACHED_ACCOUNTS, CACHE_S, timer=lambda: time.monotonic())

    def ensure(self, *, email: str, password: str, name: str | None = None) -> User:
        """Return the owner with this email; create owner and account if they do not exist."""
        self._epochs.begin()
        existing = self._users.find_by_login(email)
        if existing is not None:
            return existing
        account = self._accounts.create(name=name, partner=True)
        user = self._users.create(account.id, email=email, password=password, scopes=OWNER_SCOPES)
        self._accounts.change(account.id, {"owner_user_id": user.id})
        return user

    def time_zone(self, account_id: str) -> tzinfo:
        """Return the time zone of the account's owner, which may be CACHE_S old; UTC if the owner has none."""
        time_zone = self._time_zones.get(account_id)
        if time_zone is None:
            time_zone = self._time_zones[account_id] = self._read_time_zone(account_id)
        return time_zone

    def _read_time_zone(self, account_id: str) -> tzinfo:
        try:
            owner_id = self._accounts.get_cached(account_id).owner_user_id
            name = None if owner_id is None else self._users.get(account_id, owner_id).timezone
            return UTC if name is None else ZoneInfo(name)
        except (NotFound, ZoneInfoNotFoundError, ValueError):
            return UTC
