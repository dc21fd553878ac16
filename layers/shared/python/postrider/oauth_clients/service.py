"""Register and delete programs, and verify their secrets."""

import hmac
import secrets
from collections.abc import Collection, Sequence
from typing import Final

from postrider.accounts.model import Caller
from postrider.accounts.service import AccountService
from postrider.content.headers import header_text
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_secret
from postrider.kit.quotas import add_within_quota
from postrider.kit.signing import SecretHasher
from postrider.oauth_clients.model import ALWAYS, OFFERED, OAuthClient
from postrider.oauth_clients.repository import OAuthClientRepository
from postrider.oauth_clients.rules import check_redirect_uri

MAX_PER_ACCOUNT: Final = 20


class OAuthClientService:
    def __init__(self, clients: OAuthClientRepository, accounts: AccountService, root: bytes, now: Clock) -> None:
        self._clients, self._accounts, self._now = clients, accounts, now
        self._hasher = SecretHasher(root, "oauth_clients")

    def all(self, account_id: str) -> list[OAuthClient]:
        """Return the programs of the account, the oldest first."""
        return sorted(self._clients.all(account_id), key=lambda client: client.created_at)

    def create(
        self,
        caller: Caller,
        *,
        name: str,
        redirect_uris: Sequence[str],
        rights: Collection[str] | None = None,
        is_public: bool = False,
    ) -> tuple[OAuthClient, str | None]:
        """Register a program. Return it with its secret, which is not stored; a public client has no secret.

        Without `rights` it may request every right of programs. Raises Forbidden unless the caller is the owner or an
        administrator, Invalid for an invalid name, URI or right, and past MAX_PER_ACCOUNT.
        """
        self._accounts.check_manager(caller)
        if not header_text(name, field="name").strip():
            raise Invalid("The name is empty: users see it when they are asked for access.", field="name")
        secret = None if is_public else random_secret()
        client = OAuthClient(
            id=secrets.token_hex(16),
            account_id=caller.account_id,
            name=name.strip(),
            redirect_uris=tuple(check_redirect_uri(uri, position) for position, uri in enumerate(redirect_uris)),
            rights=_checked(OFFERED if rights is None else rights) | ALWAYS,
            secret_hash=None if secret is None else self._hasher.hash_of(secret),
            created_by=caller.user_id,
            created_at=self._now(),
        )
        reason = f"An account has at most {MAX_PER_ACCOUNT} OAuth clients; delete one that is not used."
        add_within_quota(
            MAX_PER_ACCOUNT,
            add=lambda: self._clients.add(client),
            undo=lambda: self._clients.delete(client),
            count=lambda: len(self._clients.all(caller.account_id)),
            error=Invalid(reason, code="too_many_oauth_clients"),
        )
        return client, secret

    def delete(self, caller: Caller, client_id: str) -> None:
        """Delete a program; its tokens are refused soon afterwards.

        Raises NotFound, Forbidden unless the caller is the owner or an administrator.
        """
        self._accounts.check_manager(caller)
        self._clients.delete(self._clients.get(caller.account_id, client_id))

    def find(self, client_id: str) -> OAuthClient | None:
        """Return a program of any open account, or None."""
        account_id = self._clients.account_of(client_id)
        return None if account_id is None else self.find_in(account_id, client_id)

    def find_in(self, account_id: str, client_id: str) -> OAuthClient | None:
        """Return the program of this account while the account is open, or None."""
        try:
            is_open = self._accounts.is_open(account_id)
            return self._clients.get(account_id, client_id) if is_open else None
        except NotFound:
            return None

    def secret_fits(self, client: OAuthClient, secret: str) -> bool:
        """Return whether the secret is correct; a public client has no secret."""
        return client.secret_hash is not None and hmac.compare_digest(client.secret_hash, self._hasher.hash_of(secret))


def _checked(rights: Collection[str]) -> frozenset[str]:
    for position, right in enumerate(rights):
        if right not in OFFERED | ALWAYS:
            reason = f"No program can have the right {right[:80]!r}; use some of {', '.join(sorted(OFFERED))}."
            raise Invalid(reason, code="scope_unknown", field=("scopes", position))
    return frozenset(rights)
