"""Build the services of senders, and of their domains."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postrider.bootstrap.access import accounts, tokens
from postrider.bootstrap.deployment import clock, dns, identities, outbox, public_base_url, quick_fetcher, root
from postrider.kit.settings import names

if TYPE_CHECKING:
    from postrider.domains.mail_from import MailFromDomains
    from postrider.domains.ownership import DomainOwnership
    from postrider.domains.service import DkimService
    from postrider.domains.settings import AccountDomainService
    from postrider.senders.service import SenderService


@cache
def domain_ownership() -> DomainOwnership:
    from postrider.domains.ownership import DomainOwnership
    from postrider.domains.repository import DomainClaimRepository

    return DomainOwnership(DomainClaimRepository(), accounts(), dns(), clock())


@cache
def mail_from_domains() -> MailFromDomains:
    from postrider.domains.mail_from import MailFromDomains

    return MailFromDomains(accounts(), domain_ownership(), identities())


@cache
def dkim() -> DkimService:
    from postrider.domains.checks import RecordChecker
    from postrider.domains.repository import DkimKeyRepository
    from postrider.domains.service import DkimService

    return DkimService(
        DkimKeyRepository(),
        domain_ownership(),
        RecordChecker(dns()),
        identities(),
        mail_from_domains(),
        root,
        clock(),
    )


@cache
def account_domains() -> AccountDomainService:
    from postrider.domains.repository import DkimKeyRepository
    from postrider.domains.settings import AccountDomainService
    from postrider.domains.tracking import TrackingProof

    return AccountDomainService(
        accounts(),
        DkimKeyRepository(),
        domain_ownership(),
        mail_from_domains(),
        dns(),
        TrackingProof(quick_fetcher, lambda: tokens().public_key()),
        region=names().region,
        public_host=urlsplit(public_base_url()).hostname or "",
    )


@cache
def senders() -> SenderService:
    from postrider.senders.repository import SenderRepository
    from postrider.senders.service import SenderService

    return SenderService(SenderRepository(outbox()), domain_ownership(), clock())
