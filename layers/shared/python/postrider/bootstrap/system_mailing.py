"""Build the services of system mails and their links: of users, accounts and senders."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts, users, visitor_limits
from postrider.bootstrap.deployment import clock, mailer, object_store, outbox, public_base_url, queue
from postrider.bootstrap.sender_domains import domain_ownership, senders
from postrider.kit.settings import setting

if TYPE_CHECKING:
    from postrider.senders.confirmation import SenderConfirmation
    from postrider.snippets.service import SnippetService
    from postrider.system_mails.designs import SystemMailDesigns
    from postrider.system_mails.service import SystemMailService
    from postrider.system_mails.settings import SystemMailSettings
    from postrider.templates.service import TemplateService
    from postrider.usecases.sub_accounts import SubAccountService
    from postrider.users.links import UserLinks
    from postrider.users.management import UserManagement
    from postrider.users.recovery import UserRecovery
    from postrider.uses.service import UseService


@cache
def snippets() -> SnippetService:
    from postrider.snippets.repository import SnippetRepository
    from postrider.snippets.service import SnippetService

    return SnippetService(SnippetRepository(), clock())


@cache
def uses() -> UseService:
    from postrider.uses.repository import UseRepository
    from postrider.uses.service import UseService

    return UseService(UseRepository(), clock())


@cache
def templates() -> TemplateService:
    from postrider.templates.repository import TemplateRepository
    from postrider.templates.service import TemplateService

    return TemplateService(TemplateRepository(object_store()), accounts(), snippets(), uses(), clock())


@cache
def system_mail_designs() -> SystemMailDesigns:
    from postrider.system_mails.designs import SystemMailDesigns
    from postrider.system_mails.repository import SystemMailRepository

    return SystemMailDesigns(SystemMailRepository(), accounts(), templates(), senders())


@cache
def system_mail_settings() -> SystemMailSettings:
    from postrider.system_mails.repository import SystemMailRepository
    from postrider.system_mails.settings import SystemMailSettings

    return SystemMailSettings(SystemMailRepository(), accounts(), templates(), senders(), clock())


@cache
def system_mails() -> SystemMailService:
    from postrider.system_mails.service import SystemMailService

    return SystemMailService(
        mailer(),
        accounts(),
        system_mail_designs(),
        base_url=public_base_url(),
        sender_email=setting("SYSTEM_SENDER_EMAIL", "postrider@localhost.localdomain"),
        now=clock(),
    )


@cache
def user_links() -> UserLinks:
    from postrider.users.links import UserLinks
    from postrider.users.repository import UserRepository

    return UserLinks(UserRepository(outbox()), accounts(), system_mails(), public_base_url(), clock())


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
def sender_confirmation() -> SenderConfirmation:
    from postrider.senders.confirmation import SenderConfirmation
    from postrider.senders.repository import SenderRepository

    return SenderConfirmation(
        SenderRepository(outbox()), senders(), domain_ownership(), system_mails(), visitor_limits(), clock()
    )
