"""Rules of credentials: who may make them, and which caller one identifies."""

import hashlib
import hmac
import secrets
import time

from postrider.accounts.model import Caller
from postrider.accounts.service import AccountService
from postrider.credentials.model import FORMS, Credential
from postrider.credentials.repository import CredentialRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from postrider.kit.ids import random_id, random_secret
from postrider.kit.quotas import add_within_quota
from postrider.kit.signing import derive_key
from postrider.users.service import UserService

CACHE_S = 30
"""How long a process may use a credential it has read: a revocation takes effect within this time."""
MAX_PER_ACCOUNT = 100
HINT_CHARS = 4
ALL_RIGHTS = frozenset({"user"})


class CredentialService:
    def __init__(
        self,
        credentials: CredentialRepository,
        accounts: AccountService,
        users: UserService,
        root: bytes,
        now: Clock,
    ) -> None:
        self._credentials, self._accounts, self._users, self._now = credentials, accounts, users, now
        self._key = derive_key(root, "credentials")
        self._cache: dict[tuple[str, str], tuple[float, Credential, Caller]] = {}

    def all(self, account_id: str) -> list[Credential]:
        """Return the credentials of the account, the oldest first."""
        return sorted(self._credentials.all(account_id), key=lambda credential: credential.created_at)

    def create(self, caller: Caller, dialect: str, *, description: str = "") -> tuple[Credential, str]:
        """Make a credential with all rights of the account; return it with its secret, which is not stored.

        Raises Forbidden unless the caller is the owner or an administrator, Invalid past MAX_PER_ACCOUNT.
        """
        self._check_manager(caller)
        if dialect not in FORMS:
            raise Invalid(f"Unknown dialect; use one of {', '.join(sorted(FORMS))}.", field="dialect")
        secret = random_secret()
        credential = Credential(
            id=random_id(),
            account_id=caller.account_id,
            dialect=dialect,
            public=secrets.token_hex(16),
            secret_hash=self._hash(secret),
            hint=secret[-HINT_CHARS:],
            scopes=ALL_RIGHTS,
            description=description,
            created_by=caller.user_id,
            created_in=caller.user_account_id,
            created_at=self._now(),
        )
        reason = f"An account has at most {MAX_PER_ACCOUNT} credentials; delete one that is not used."
        add_within_quota(
            MAX_PER_ACCOUNT,
            add=lambda: self._credentials.add(credential),
            undo=lambda: self._credentials.delete(credential),
            count=lambda: len(self._credentials.all(caller.account_id)),
            error=Invalid(reason, code="too_many_credentials"),
        )
        return credential, secret

    def revoke(self, caller: Caller, credential_id: str) -> None:
        """Delete a credential; calls with it are refused CACHE_S later at the latest.

        Raises NotFound, Forbidden unless the caller is the owner or an administrator.
        """
        self._check_manager(caller)
        credential = self._credentials.get(caller.account_id, credential_id)
        self._credentials.delete(credential)
        self._cache.pop((credential.dialect, credential.public), None)

    def caller_of(self, dialect: str, public: str, secret: str) -> Caller:
        """Return the caller with the account and the maker of the credential.

        Raises Unauthenticated, always in the same way, for an unknown public half, a secret of another credential, and
        a maker or an account that has lost access.
        """
        refused = Unauthenticated("The credential is not valid.", code="bad_credentials")
        read_at, credential, caller = self._cache.get((dialect, public), (float("-inf"), None, None))
        if credential is None or caller is None or time.monotonic() - read_at > CACHE_S:
            self._cache.pop((dialect, public), None)
            credential = self._credentials.find(dialect, public)
            caller = self._caller(credential) if credential else None
            if credential is None or caller is None:
                raise refused
            self._cache[dialect, public] = (time.monotonic(), credential, caller)
        if not hmac.compare_digest(credential.secret_hash, self._hash(secret)):
            raise refused
        return caller

    def _caller(self, credential: Credential) -> Caller | None:
        """Return None when the maker or an account has lost access."""
        try:
            maker = self._users.get(credential.created_in, credential.created_by)
            account = self._accounts.get_cached(credential.account_id)
            home = self._accounts.get_cached(credential.created_in)
        except NotFound:
            return None
        if maker.status != "active" or not account.is_open or not home.is_open:
            return None
        return Caller(
            account_id=account.id,
            own_account_id=account.id,
            user_id=maker.id,
            user_account_id=maker.account_id,
            email=maker.email,
            scopes=credential.scopes,
            lineage=account.lineage,
        )

    def _check_manager(self, caller: Caller) -> None:
        """Check that the token acts for an administrator, or with all rights for the owner. Raises Forbidden."""
        owner_id = self._accounts.get_cached(caller.user_account_id).owner_user_id
        is_owner = caller.user_id == owner_id and "user" in caller.scopes
        if not is_owner and "admin" not in caller.scopes:
            raise Forbidden("Only the owner or an administrator manages credentials.", code="owner_required")

    def _hash(self, secret: str) -> str:
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
