"""Store the last use of each credential, separately from credentials: all functions for programs may write it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from postrider.credentials.model import Credential
from postrider.credentials.table import CredentialUseItem
from postrider.storage.accounts_table import account_key
from postrider.storage.jobs_table import JobItem

NOTED_EVERY: Final = timedelta(hours=1)
KEPT_FOR: Final = timedelta(days=400)
_PREFIX = "credential_use#"


class CredentialUses:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def of_account(self, account_id: str) -> dict[str, datetime]:
        """Return the last use of each credential of the account by its id, to the hour."""
        items = CredentialUseItem.query(
            account_key(account_id), CredentialUseItem.sk.startswith(_PREFIX), consistent_read=True
        )
        return {item.sk.removeprefix(_PREFIX): item.used_at for item in items}

    def record(self, credential: Credential) -> None:
        """Store that the credential is used now, unless a use was stored within the hour."""
        now, place = self._now(), (account_key(credential.account_id), _PREFIX + credential.id)
        try:
            item = JobItem.get(*place)
        except JobItem.DoesNotExist:
            item = None
        if not isinstance(item, CredentialUseItem) or now - item.used_at >= NOTED_EVERY:
            CredentialUseItem(*place, used_at=now, expires_at=now + KEPT_FOR).save()

    def delete(self, credential: Credential) -> None:
        """Delete the last use of a credential."""
        CredentialUseItem(account_key(credential.account_id), _PREFIX + credential.id).delete()
