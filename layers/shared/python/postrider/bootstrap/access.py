"""Accounts, users, tokens and limits, and the senders of an account."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.deployment import clock, mailer, outbox, public_base_url, queue, root
from postrider.bootstrap.overrides import overrides
from postrider.kit.settings import setting

if TYPE_CHECKING:
    from postrider.accounts.service import AccountService
    from postrider.credentials.service import CredentialService
    from postrider.rate_limits.calls import CallLimits
    from postrider.rate_limits.visitors import VisitorLimits
    from postrider.senders.confirmation import SenderConfirmation
    from postrider.senders.service import SenderService
    from postrider.system_mails.service import SystemMailService
    from postrider.tokens.service import TokenService
    from postrider.usecases.sub_accounts import SubAccountService
    from postrider.users.links import UserLinks
    from postrider.users.management import UserManagement
    from postrider.users.owners import OwnerService
    from postrider.users.recovery import UserRecovery
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

    return OwnerService(accounts(), users())


@cache
def user_links() -> UserLinks:
    from postrider.users.links import UserLinks
    from postrider.users.repository import UserRepository

    return UserLinks(UserRepository(), accounts(), system_mails(), public_base_url(), clock())


@cache
def user_management() -> UserManagement:
    from postrider.users.management import UserManagement
    from postrider.users.repository import UserRepository

    return UserManagement(users(), UserRepository(outbox()), accounts(), user_links(), visitor_limits(), clock())


@cache
def user_recovery() -> UserRecovery:
    from postrider.users.recovery import UserRecovery
    from postrider.users.repository import UserRepository

    return UserRecovery(users(), UserRepository(outbox()), accounts(), user_links(), visitor_limits(), queue())


@cache
def sub_accounts() -> SubAccountService:
    from postrider.usecases.sub_accounts import SubAccountService

    return SubAccountService(accounts(), users(), user_links(), visitor_limits())


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
        visitor_limits(),
    )


@cache
def credentials() -> CredentialService:
    from postrider.credentials.repository import CredentialRepository
    from postrider.credentials.service import CredentialService

    return CredentialService(CredentialRepository(), accounts(), users(), root(), clock())


@cache
def call_limits() -> CallLimits | None:
    """Return the limits of calls of an account; None when the deployment sets none."""
    per_second = overrides().account_calls_per_s or int(setting("ACCOUNT_CALLS_PER_S", "0"))
    if not per_second:
        return None
    from postrider.rate_limits.calls import CallCounts, CallLimits

    return CallLimits(CallCounts(), per_second, clock())


@cache
def visitor_limits() -> VisitorLimits:
    from postrider.rate_limits.visitors import VisitorLimits
    from postrider.rate_limits.visits import VisitRepository

    return VisitorLimits(VisitRepository(), root, clock())


@cache
def system_mails() -> SystemMailService:
    from postrider.system_mails.service import SystemMailService

    return SystemMailService(
        mailer(),
        accounts(),
        base_url=public_base_url(),
        sender_email=setting("SYSTEM_SENDER_EMAIL", "postrider@localhost.localdomain"),
        now=clock(),
    )


@cache
def senders() -> SenderService:
    from postrider.senders.repository import SenderRepository
    from postrider.senders.service import SenderService

    return SenderService(SenderRepository(outbox()))


@cache
def sender_confirmation() -> SenderConfirmation:
    from postrider.senders.confirmation import SenderConfirmation
    from postrider.senders.repository import SenderRepository

    return SenderConfirmation(SenderRepository(outbox()), system_mails(), visitor_limits(), clock())
