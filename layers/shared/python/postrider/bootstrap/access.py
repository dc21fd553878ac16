"""Accounts, users, tokens and limits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.deployment import clock, cursors, epochs, outbox, region_label, root
from postrider.bootstrap.overrides import overrides
from postrider.kit.settings import setting

if TYPE_CHECKING:
    from postrider.accounts.service import AccountService
    from postrider.audit.service import AuditService
    from postrider.credentials.oauth_tokens import OAuthTokenService
    from postrider.credentials.service import CredentialService
    from postrider.oauth.proofs import LoginProofs
    from postrider.oauth.service import AuthorizationService
    from postrider.oauth_clients.service import OAuthClientService
    from postrider.rate_limits.calls import CallLimits
    from postrider.rate_limits.dialect_limits import DialectLimits
    from postrider.rate_limits.in_flight import InFlight
    from postrider.rate_limits.visitors import VisitorLimits
    from postrider.tokens.service import TokenService
    from postrider.users.logins import LoginService
    from postrider.users.owners import OwnerService
    from postrider.users.service import UserService


@cache
def accounts() -> AccountService:
    from postrider.accounts.repository import AccountRepository
    from postrider.accounts.service import AccountService

    return AccountService(AccountRepository(outbox()), clock())


@cache
def users() -> UserService:
    from postrider.users.repository import UserRepository
    from postrider.users.service import UserService

    return UserService(UserRepository(outbox()), clock(), overrides().password_hasher)


@cache
def owners() -> OwnerService:
    from postrider.users.owners import OwnerService

    return OwnerService(accounts(), users(), epochs())


@cache
def tokens() -> TokenService:
    from postrider.adapters.kms import KmsSigner
    from postrider.tokens.repository import SessionRepository
    from postrider.tokens.service import TokenService

    return TokenService(
        users(),
        accounts(),
        SessionRepository(outbox()),
        KmsSigner(setting("SIGNING_KEY_ID")),
        clock(),
        logins(),
    )


@cache
def logins() -> LoginService:
    from postrider.users.logins import LoginService

    return LoginService(users(), visitor_limits())


@cache
def credentials() -> CredentialService:
    from postrider.credentials.repository import CredentialRepository
    from postrider.credentials.service import CredentialService

    return CredentialService(
        CredentialRepository(), accounts(), users(), oauth_clients(), root(), clock(), region_label()
    )


@cache
def oauth_clients() -> OAuthClientService:
    from postrider.oauth_clients.repository import OAuthClientRepository
    from postrider.oauth_clients.service import OAuthClientService

    return OAuthClientService(OAuthClientRepository(), accounts(), root(), clock())


@cache
def oauth_tokens() -> OAuthTokenService:
    from postrider.credentials.oauth_tokens import OAuthTokenService
    from postrider.credentials.repository import CredentialRepository

    return OAuthTokenService(CredentialRepository(), root(), clock())


@cache
def authorizations() -> AuthorizationService:
    from postrider.oauth.repository import CodeRepository
    from postrider.oauth.service import AuthorizationService

    return AuthorizationService(CodeRepository(root()), oauth_clients(), oauth_tokens(), users(), accounts(), clock())


@cache
def login_proofs() -> LoginProofs:
    from postrider.oauth.proofs import LoginProofs

    return LoginProofs(root(), users(), accounts(), clock())


@cache
def audit() -> AuditService:
    from postrider.audit.repository import AuditRepository
    from postrider.audit.service import AuditService

    return AuditService(AuditRepository(), cursors(), clock())


@cache
def call_limits() -> CallLimits | None:
    """Return the limits of calls of a token and of an account, or None if the deployment has no limits."""
    per_account = overrides().account_calls_per_s or int(setting("ACCOUNT_CALLS_PER_S", "0"))
    if not per_account:
        return None
    per_token = overrides().token_calls_per_s or int(setting("TOKEN_CALLS_PER_S", str(per_account)))
    from postrider.rate_limits.calls import CallCountRepository, CallLimit, CallLimits

    counts = CallCountRepository()
    return CallLimits(
        CallLimit("token", counts, per_token, clock()), CallLimit("account", counts, per_account, clock())
    )


@cache
def visitor_limits() -> VisitorLimits:
    from postrider.rate_limits.visitors import VisitorLimits
    from postrider.rate_limits.visits import VisitRepository

    return VisitorLimits(VisitRepository(), root, clock())


@cache
def dialect_limits() -> DialectLimits:
    """Return the exact limits of dialects, which count nothing if the deployment switches them off."""
    from postrider.rate_limits.dialect_limits import DialectLimits
    from postrider.rate_limits.visits import VisitRepository

    return DialectLimits(VisitRepository(), clock(), is_enabled=_has_dialect_limits())


@cache
def in_flight() -> InFlight:
    """Return the limit of calls at the same time, which counts nothing if the deployment switches limits of dialects off."""
    from postrider.rate_limits.in_flight import InFlight

    return InFlight(clock(), is_enabled=_has_dialect_limits())


def _has_dialect_limits() -> bool:
    return overrides().has_dialect_limits or setting("DIALECT_LIMITS", "false") == "true"
