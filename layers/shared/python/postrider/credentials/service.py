"""Rules of credentials: their creation, and the identification of callers."""

import hmac
import secrets
import time
from collections.abc import Collection, Mapping
from datetime import datetime

from cachetools import TTLCache

from postrider.accounts.model import Caller
from postrider.accounts.service import AccountService
from postrider.credentials.last_uses import CredentialUses
from postrider.credentials.model import FORMATS, HINT_CHARS, SECRETS, Credential, CredentialFormat, Kind
from postrider.credentials.repository import CredentialRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound, Unauthenticated
from postrider.kit.ids import random_id, random_secret
from postrider.kit.quotas import add_within_quota
from postrider.kit.signing import SecretHasher
from postrider.oauth_clients.service import OAuthClientService
from postrider.users.model import User
from postrider.users.service import UserService

CACHE_S = 20
"""Time for which a process caches a credential: a revocation takes effect within 30 seconds, including running calls."""
CACHED = 1000
MAX_PER_ACCOUNT = 100
ALL_RIGHTS = frozenset({"user"})


class CredentialService:
    def __init__(
        self,
        credentials: CredentialRepository,
        accounts: AccountService,
        users: UserService,
        clients: OAuthClientService,
        root: bytes,
        now: Clock,
        region: str,
        forms: Mapping[str, CredentialFormat] = FORMATS,
    ) -> None:
        self._credentials, self._accounts, self._users, self._now = credentials, accounts, users, now
        self._clients, self._region, self._forms = clients, region, forms
        self._hasher, self._uses = SecretHasher(root, SECRETS), CredentialUses(now)
        self._cache: TTLCache[tuple[str, str], tuple[Credential, User]] = TTLCache(
            CACHED, CACHE_S, timer=lambda: time.monotonic()
        )

    def all(self, account_id: str) -> list[tuple[Credential, datetime | None]]:
        """Return the credentials of the account, the oldest first, each with its last use to the hour."""
        credentials = sorted(self._credentials.all(account_id), key=lambda credential: credential.created_at)
        uses = self._uses.of_account(account_id) if credentials else {}
        return [(credential, uses.get(credential.id)) for credential in credentials]

    def create(
        self,
        caller: Caller,
        dialect: str,
        *,
        name: str = "",
        description: str = "",
        scopes: Collection[str] | None = None,
    ) -> tuple[Credential, str]:
        """Create a credential; return it with its secret, which is not stored.

        Without `scopes` it has all rights of the account. Raises Forbidden unless the caller is the owner or an
        administrator, Invalid for an unknown right, and past MAX_PER_ACCOUNT.
        """
        self._accounts.check_manager(caller)
        if dialect not in self._forms:
            raise Invalid(f"Unknown dialect; use one of {', '.join(sorted(self._forms))}.", field="dialect")
        form = self._forms[dialect]
        rights = form.rights
        for position, scope in enumerate(scopes or ()):
            if scope not in rights:
                reason = f"The API {dialect} has no right {scope[:80]!r}; use some of {', '.join(sorted(rights))}."
                raise Invalid(reason, code="scope_unknown", field=("scopes", position))
        secret = self._new_secret(form)
        credential = Credential(
            id=random_id(),
            account_id=caller.account_id,
            dialect=dialect,
            public=None if form.kind == Kind.KEY else secrets.token_hex(16),
            secret_hash=self._hasher.hash_of(secret),
            hint=secret.removesuffix(f"-{self._region}")[-HINT_CHARS:],
            scopes=ALL_RIGHTS if scopes is None else frozenset(scopes),
            name=name,
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
            count=lambda: sum(other.client_id is None for other in self._credentials.all(caller.account_id)),
            error=Invalid(reason, code="too_many_credentials"),
        )
        return credential, secret

    def _new_secret(self, form: CredentialFormat) -> str:
        secret = secrets.token_hex(16) if form.has_hex_secret else random_secret()
        return f"{secret}-{self._region}" if form.has_region else secret

    def revoke(self, caller: Caller, credential_id: str) -> None:
        """Delete a credential; calls with it are refused after at most CACHE_S.

        Raises NotFound, Forbidden unless the caller is the owner or an administrator.
        """
        self._accounts.check_manager(caller)
        credential = self._credentials.get(caller.account_id, credential_id)
        self._credentials.delete(credential)
        self._uses.delete(credential)
        self._cache.pop((credential.dialect, credential.handle), None)

    def caller_of(self, dialect: str, secret: str, *, public: str | None = None) -> Caller:
        """Return the caller with the account and the creator of the credential; a KEY has no public half.

        Raises Unauthenticated, always with the same message, for an unknown credential, a wrong secret, and a creator, an
        account or a program without access. The details say whether the credential is correct, and the creator or the account
        has no access: only some dialects may tell this to the caller.
        """
        secret_hash = self._hasher.hash_of(secret)
        place = (dialect, secret_hash if public is None else public)
        read = self._cache.get(place)
        credential, maker = read or self._read(*place)
        refused = Unauthenticated("The credential is not valid.", code="bad_credentials")
        if credential is None or maker is None or not hmac.compare_digest(credential.secret_hash, secret_hash):
            raise refused
        caller = self._caller(credential, maker)
        if caller is None:
            refused.details["is_disabled"] = credential.client_id is None
            raise refused
        if read is None:  # only a new entry: an old entry must expire
            self._uses.record(credential)
            self._cache[place] = credential, maker
        return caller

    def _read(self, dialect: str, handle: str) -> tuple[Credential | None, User | None]:
        credential = self._credentials.find(dialect, handle)
        if credential is None or not self._has_program(credential):
            return None, None
        try:
            return credential, self._users.get(credential.created_in, credential.created_by)
        except NotFound:
            return credential, None

    def _has_program(self, credential: Credential) -> bool:
        """Return whether the program of a token is still registered; true for other credentials."""
        if credential.client_id is None or credential.client_account_id is None:
            return True
        return self._clients.find_in(credential.client_account_id, credential.client_id) is not None

    def _caller(self, credential: Credential, maker: User) -> Caller | None:
        """Return the caller; None if the creator or an account has no access, or the password of a token's user has changed."""
        try:
            account = self._accounts.get_cached(credential.account_id)
        except NotFound:
            return None
        accounts_have_access = self._accounts.is_open(account.id) and self._accounts.is_open(credential.created_in)
        if maker.status != "active" or not accounts_have_access:
            return None
        is_token = credential.client_id is not None
        if is_token and credential.created_at < maker.tokens_valid_from:
            return None
        return Caller(
            account_id=account.id,
            own_account_id=account.id,
            user_id=maker.id,
            user_account_id=maker.account_id,
            email=maker.email,
            scopes=credential.scopes,
            lineage=account.lineage,
            token_id=credential.id,
            is_bound=is_token,
        )
