"""Tokens of programs: credentials that a user gives to a program by OAuth."""

import secrets
from collections.abc import Callable
from typing import Final

from pynamodb.transactions import TransactWrite

from postrider.credentials.model import HINT_CHARS, MAIN, SECRETS, Credential
from postrider.credentials.repository import CredentialRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.kit.quotas import add_within_quota
from postrider.kit.signing import SecretHasher
from postrider.oauth_clients.model import OAuthClient
from postrider.users.model import User

MAX_PER_ACCOUNT: Final = 200
MAX_PER_USER_AND_CLIENT: Final = 10
"""Maximum number of tokens of a user and a program: each consent creates another token, for another device."""


class OAuthTokenService:
    def __init__(self, credentials: CredentialRepository, root: bytes, now: Clock) -> None:
        self._credentials, self._hasher, self._now = credentials, SecretHasher(root, SECRETS), now

    def new(self, user: User, client: OAuthClient, rights: frozenset[str]) -> tuple[Credential, str]:
        """Return a new credential for the user's account, which is not stored yet, with its secret."""
        secret = secrets.token_hex(16)  # 32 hexadecimal digits, as clients may check
        credential = Credential(
            id=random_id(),
            account_id=user.account_id,
            dialect=MAIN,
            public=None,
            secret_hash=self._hasher.hash_of(secret),
            hint=secret[-HINT_CHARS:],
            scopes=rights,
            name=client.name,
            description="",
            created_by=user.id,
            created_in=user.account_id,
            created_at=self._now(),
            client_id=client.id,
            client_account_id=client.account_id,
        )
        return credential, secret

    def add_to(self, writes: TransactWrite, credential: Credential) -> None:
        """Add the writes of a new token to a transaction."""
        self._credentials.add_to(writes, credential)

    def keep_limits(self, credential: Credential, add: Callable[[], object]) -> None:
        """Store the token with `add`, and delete the oldest tokens of this user and program beyond MAX_PER_USER_AND_CLIENT.

        Raises Invalid if the account already has MAX_PER_ACCOUNT.
        """
        account_id = credential.account_id
        reason = f"The account has given access {MAX_PER_ACCOUNT} times; its owner has to revoke some of them first."
        add_within_quota(
            MAX_PER_ACCOUNT,
            add=add,
            undo=lambda: self._credentials.delete(credential),
            count=lambda: len(self._all(account_id)),
            error=Invalid(reason, code="too_many_oauth_tokens"),
        )
        alike = [
            other
            for other in self._all(account_id)
            if (other.client_id, other.created_by) == (credential.client_id, credential.created_by)
        ]
        for other in sorted(alike, key=lambda other: other.created_at)[:-MAX_PER_USER_AND_CLIENT]:
            self.delete(other.account_id, other.id)

    def delete(self, account_id: str, credential_id: str) -> None:
        """Delete a token, if it exists."""
        try:
            self._credentials.delete(self._credentials.get(account_id, credential_id))
        except NotFound:
            return

    def _all(self, account_id: str) -> list[Credential]:
        return [credential for credential in self._credentials.all(account_id) if credential.client_id is not None]
