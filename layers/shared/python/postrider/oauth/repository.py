"""Store authorization codes by a keyed hash; each is used once."""

from dataclasses import asdict
from datetime import datetime

from pynamodb.transactions import TransactWrite

from postrider.kit.signing import keyed_hash
from postrider.oauth.model import AuthorizationCode
from postrider.oauth.table import AuthorizationCodeItem
from postrider.storage.accounts_table import item_or_none

_KIND = "oauth_code"


class CodeRepository:
    def __init__(self, root: bytes) -> None:
        self._root = root

    def add(self, code: AuthorizationCode, *, expires_at: datetime) -> None:
        values = asdict(code)
        del values["secret"]
        AuthorizationCodeItem(self._key(code.secret), _KIND, expires_at=expires_at, **values).save()

    def find(self, secret: str) -> AuthorizationCode | None:
        """Return a code, which may be used or expired, or None for an unknown secret."""
        item = item_or_none(AuthorizationCodeItem, self._key(secret), _KIND)
        if item is None:
            return None
        return AuthorizationCode(
            secret=secret,
            client_id=item.client_id,
            redirect_uri=item.redirect_uri,
            rights=frozenset(item.rights),
            has_scope=item.has_scope,
            challenge=item.challenge,
            account_id=item.account_id,
            user_id=item.user_id,
            created_at=item.created_at,
            credential_id=item.credential_id,
        )

    def use_in(self, writes: TransactWrite, code: AuthorizationCode, credential_id: str) -> None:
        """Add the use of a code to a transaction, whose condition is false if the code was used before."""
        item = AuthorizationCodeItem(self._key(code.secret), _KIND)
        is_unused = AuthorizationCodeItem.pk.exists() & AuthorizationCodeItem.credential_id.does_not_exist()
        writes.update(item, [AuthorizationCodeItem.credential_id.set(credential_id)], condition=is_unused)

    def _key(self, secret: str) -> str:
        return f"{_KIND}#{keyed_hash(self._root, 'oauth_codes', secret)}"
