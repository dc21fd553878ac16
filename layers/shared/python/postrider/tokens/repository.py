"""Store refresh tokens as hashes, to be used once."""

import hashlib
from datetime import datetime

from postrider.storage.accounts_table import item_or_none
from postrider.storage.dynamo import was_made
from postrider.tokens.table import RefreshItem


def _key(token: str) -> str:
    return f"refresh#{hashlib.sha256(token.encode()).hexdigest()}"


class RefreshRepository:
    def add(
        self,
        token: str,
        *,
        account_id: str,
        user_account_id: str,
        user_id: str,
        scopes: frozenset[str],
        lifetime_s: int,
        issued_at: datetime,
        expires_at: datetime,
    ) -> None:
        RefreshItem(
            _key(token),
            "refresh",
            account_id=account_id,
            user_account_id=user_account_id,
            user_id=user_id,
            scopes=set(scopes),
            lifetime_s=lifetime_s,
            issued_at=issued_at,
            expires_at=expires_at,
        ).save()

    def take(self, token: str) -> RefreshItem | None:
        """Delete and return the item of a token. Of two concurrent callers, only one gets it."""
        item = item_or_none(RefreshItem, _key(token), "refresh")
        if item is None:
            return None
        return item if was_made(lambda: item.delete(condition=RefreshItem.pk.exists())) else None
