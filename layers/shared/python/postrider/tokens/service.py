"""Grant and refresh tokens, and identify the caller of a token (main-api.md, section 4)."""

import hashlib
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cachetools import LRUCache, TTLCache

from postrider.accounts.model import Account, Caller, below
from postrider.accounts.service import AccountService
from postrider.kit.clock import Clock, unix
from postrider.kit.errors import Forbidden, Invalid, NotFound, OutOfReach, Unauthenticated
from postrider.ports.signer import Signer
from postrider.tokens import jwt
from postrider.tokens.model import TokenPair
from postrider.tokens.repository import SessionRepository
from postrider.users.logins import LoginService
from postrider.users.model import User
from postrider.users.service import UserService

DEFAULT_LIFETIME_S = 432_000
"""5 days (main-api.md, section 4)."""
MIN_LIFETIME_S = 600
MAX_LIFETIME_S = 365 * 86_400
REFRESH_LIFETIME = timedelta(days=90)
USER_CACHE_S = 30
"""Time for which a process caches a user. A revocation takes effect within this time."""
CACHED_USERS = 1000
VERIFIED_TOKENS = 1000
TOKEN_ID_CHARS = 24
"""Length of the hash of an access token: 96 bits, which are unique."""

RESTRICTED_SCOPES = frozenset({"admin", "internal"})


class TokenService:
    def __init__(
        self,
        users: UserService,
        accounts: AccountService,
        sessions: SessionRepository,
        signer: Signer,
        now: Clock,
        logins: LoginService,
    ) -> None:
        self._users, self._accounts, self._sessions = users, accounts, sessions
        self._signer, self._now, self._logins = signer, now, logins
        self._cache: TTLCache[tuple[str, str], User] = TTLCache(
            CACHED_USERS, USER_CACHE_S, timer=lambda: time.monotonic()
        )
        self._claims: LRUCache[str, dict[str, Any]] = LRUCache(VERIFIED_TOKENS)

    def public_key(self) -> str:
        """Return the public key as PEM, for programs that check tokens themselves."""
        return self._signer.public_key_pem()

    def grant(
        self,
        *,
        username: str,
        password: str | None,
        account_id: str | None = None,
        scopes: str = "user",
        lifetime_s: int | None = None,
        minted_by: Caller | None = None,
        visitor: str | None = None,
    ) -> TokenPair:
        """Return tokens for the user `username`.

        `scopes` is comma-separated. `minted_by` is a caller with a restricted scope, who gets tokens for users of reached
        accounts without their password. `visitor` is the IP address of the request. Raises Unauthenticated for wrong
        credentials (the same for an unknown user), RateLimited after too many of them, Forbidden for a suspended user or a
        missing scope, OutOfReach for an account that is neither the user's nor below it.
        """
        if password is not None or minted_by is None:
            user = self._logins.verify(username, password or "", visitor)
        else:
            other_user = self._users.find_by_login(username)
            if other_user is None or not self._may_mint(minted_by, other_user):
                reason = "A password is required: the token cannot act for this user."
                raise Forbidden(reason, code="password_required")
            user = other_user
        pair = self._issue(
            user,
            account_id=account_id or user.account_id,
            scopes=_requested_scopes(scopes, user, minted_by),
            lifetime_s=_lifetime(lifetime_s),
        )
        if password is not None:
            self._record_activity(user)
        return pair

    def refresh(self, refresh_token: str) -> TokenPair:
        """Return a new pair of tokens. The old refresh token becomes invalid.

        Raises Unauthenticated. A second use means that the token or its successor was stolen: all refresh tokens of the
        login become invalid (RFC 9700, section 4.14.2).
        """
        refused = Unauthenticated("Invalid refresh token: log in again.", code="refresh_token_invalid")
        session = self._sessions.find(refresh_token)
        if session is None or session.expires_at <= self._now():
            raise refused
        if not session.is_current:
            self._sessions.end(refresh_token)
            raise refused
        try:
            user = self._users.get(session.user_account_id, session.user_id)
        except NotFound as exc:
            raise refused from exc
        if session.issued_at < user.tokens_valid_from:
            raise refused
        scopes = _scopes_left(session.scopes, user)
        access_token = self._access_token(
            user, account_id=session.account_id, scopes=scopes, lifetime_s=session.lifetime_s
        )
        now = self._now()
        successor = self._sessions.renew(refresh_token, issued_at=now, expires_at=now + REFRESH_LIFETIME)
        if successor is None:
            self._sessions.end(refresh_token)
            raise refused
        self._record_activity(user)
        return TokenPair(access_token=access_token, refresh_token=successor, expires_in_s=session.lifetime_s)

    def caller_of(self, access_token: str) -> Caller:
        """Return the caller of a token. Raises Unauthenticated for an invalid token, user or account."""
        claims = self._verified(access_token)
        jwt.check_expiry(claims, now_s=self._now().timestamp())
        own_account = str(claims["account_id"])
        # What is kept here may be older than the token, as of an account that was confirmed since.
        user, account = self._bearer(claims) or self._bearer(claims, anew=True) or (None, None)
        if user is None or account is None:
            raise Unauthenticated("The access token was revoked: log in again.", code="token_revoked")
        return Caller(
            account_id=own_account,
            own_account_id=own_account,
            user_id=user.id,
            user_account_id=user.account_id,
            email=user.email,
            scopes=_scopes_left(frozenset(claims["scopes"]), user),
            lineage=account.lineage,
            token_id=hashlib.sha256(access_token.encode(errors="surrogatepass")).hexdigest()[:TOKEN_ID_CHARS],
        )

    def _bearer(self, claims: Mapping[str, Any], *, anew: bool = False) -> tuple[User, Account] | None:
        """Return the user and the account of a token, or None if it was revoked. They are read `anew`, or kept for a while."""
        try:
            user = self._user_cached(str(claims["user_account_id"]), str(claims["id"]), anew=anew)
            account = self._accounts.get_cached(str(claims["account_id"]), anew=anew)
            home = self._accounts.get_cached(user.account_id, anew=anew)
        except NotFound:
            return None
        is_suspended = user.status != "active" or not self._have_access(account, home, anew=anew)
        return None if is_suspended or claims["iat"] < unix(user.tokens_valid_from) else (user, account)

    def _have_access(self, account: Account, home: Account, *, anew: bool) -> bool:
        return self._accounts.has_access(account, anew=anew) and self._accounts.has_access(home, anew=anew)

    def _issue(self, user: User, *, account_id: str, scopes: frozenset[str], lifetime_s: int) -> TokenPair:
        access_token = self._access_token(user, account_id=account_id, scopes=scopes, lifetime_s=lifetime_s)
        now = self._now()
        refresh_token = self._sessions.add(
            account_id=account_id,
            user_account_id=user.account_id,
            user_id=user.id,
            email=user.email,
            scopes=scopes,
            lifetime_s=lifetime_s,
            issued_at=now,
            expires_at=now + REFRESH_LIFETIME,
        )
        return TokenPair(access_token=access_token, refresh_token=refresh_token, expires_in_s=lifetime_s)

    def _record_activity(self, user: User) -> None:
        self._users.record_activity(user)
        self._accounts.record_activity(user.account_id)

    def _access_token(self, user: User, *, account_id: str, scopes: frozenset[str], lifetime_s: int) -> str:
        """Return an access token. Raises OutOfReach for an unreachable account, Forbidden if user or account is suspended."""
        home = self._accounts.get(user.account_id)
        try:
            account = self._accounts.get(account_id)
        except NotFound as exc:
            raise OutOfReach("The account is neither the user's own nor below it.") from exc
        if not below(home.lineage, account.lineage):
            raise OutOfReach("The account is neither the user's own nor below it.")
        if user.status != "active" or not self._have_access(account, home, anew=True):
            raise Forbidden("The user or the account is suspended.", code="suspended")
        now = self._now()
        claims = {
            "id": int(user.id),
            "user_account_id": int(user.account_id),
            "account_id": int(account.id),
            "accounts": account.id,
            "lineage": account.lineage,
            "email": user.email,
            "scopes": sorted(scopes),
            "tz": user.timezone or "UTC",
            "user_key": user.id,
            "iat": unix(now),
            "exp": unix(now) + lifetime_s,
        }
        return jwt.encode(claims, self._signer)

    def _may_mint(self, caller: Caller, user: User) -> bool:
        if not caller.scopes & RESTRICTED_SCOPES:
            return False
        return below(caller.lineage, self._accounts.get(user.account_id).lineage)

    def _verified(self, access_token: str) -> dict[str, Any]:
        """Return the claims of a token; its signature is verified once per process."""
        claims: dict[str, Any] | None = self._claims.get(access_token)
        if claims is None:
            claims = self._claims[access_token] = jwt.verified_claims(access_token, self._signer)
        return claims

    def _user_cached(self, account_id: str, user_id: str, *, anew: bool) -> User:
        user = None if anew else self._cache.get((account_id, user_id))
        if user is None:
            user = self._cache[account_id, user_id] = self._users.get(account_id, user_id)
        return user


def _fine_grained(scopes: frozenset[str]) -> frozenset[str]:
    """Return the rights among the scopes, such as "contacts:read". Every user can request a token with fewer rights."""
    return frozenset(scope for scope in scopes if ":" in scope)


def _scopes_left(scopes: frozenset[str], user: User) -> frozenset[str]:
    """Return the scopes of a token or session that its user still has: a removed role ends at once."""
    return scopes & (user.scopes | _fine_grained(scopes))


def _requested_scopes(text: str, user: User, minted_by: Caller | None) -> frozenset[str]:
    requested = frozenset(part.strip() for part in text.split(",") if part.strip()) or frozenset({"user"})
    allowed = user.scopes | _fine_grained(requested)
    if minted_by is not None:
        allowed &= minted_by.scopes | _fine_grained(requested) | {"user"}
    if not requested <= allowed:
        missing = ", ".join(sorted(requested - allowed))
        raise Forbidden(f"The user does not have the scope {missing}.", code="scope_not_granted")
    return requested


def _lifetime(seconds: int | None) -> int:
    if seconds is None:
        return DEFAULT_LIFETIME_S
    if not MIN_LIFETIME_S <= seconds <= MAX_LIFETIME_S:
        raise Invalid(
            f"Invalid expiration_seconds: expected {MIN_LIFETIME_S} to {MAX_LIFETIME_S}.",
            code="lifetime_out_of_range",
            field="expiration_seconds",
        )
    return seconds
