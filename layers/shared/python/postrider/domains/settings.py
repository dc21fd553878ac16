"""Set the domains of an account for bounces and for tracked links (main-api.md, section 8)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from postrider.accounts.service import AccountService
from postrider.domains.checks import LOOK_UPS_TOGETHER, RecordChecker
from postrider.domains.dmarc import check_dmarc
from postrider.domains.dns_records import bounce_records, dkim_name, tracking_record
from postrider.domains.mail_from import MailFromDomains
from postrider.domains.model import CheckedRecord, DkimKey, KeyStatus, Problem
from postrider.domains.ownership import DomainOwnership
from postrider.domains.repository import DkimKeyRepository
from postrider.domains.rules import parse_domain
from postrider.domains.tracking import TrackingProof
from postrider.kit.errors import Invalid
from postrider.ports.dns import DnsResolver
from postrider.ports.identities import IdentitiesBusy, IdentityRefused

NO_ANSWER = (
    "The record is right, but this platform does not answer at the URL, so links do not use it: give the API this domain name, "
    "with a certificate."
)


@dataclass(frozen=True, kw_only=True)
class AccountDomains:
    """The domains of an account. `auth` is the authenticated domain, `dkim` the name of its key's record; empty if unset."""

    auth: str
    bounce: str
    dkim: str
    tracking: str


@dataclass(frozen=True, kw_only=True)
class CheckedDomains:
    """The checked records of the domains of an account."""

    bounce: list[CheckedRecord]
    tracking: list[CheckedRecord]
    dmarc: list[CheckedRecord]
    """The records of each domain with an active key."""


def parse_domains(domains: dict[str, Any]) -> dict[str, str | None]:
    """Return the domains in their stored form: hosts in A-labels, URLs without a path. Raises Invalid for invalid domains."""
    parsed: dict[str, str | None] = {}
    for name, value in domains.items():
        host = _host(value, ("domains", name)) if value else ""
        parsed[name] = (host if name == "bounce" else _url(value, host, ("domains", name))) if host else None
    return parsed


class AccountDomainService:
    def __init__(
        self,
        accounts: AccountService,
        keys: DkimKeyRepository,
        ownership: DomainOwnership,
        mail_from: MailFromDomains,
        dns: DnsResolver,
        proof: TrackingProof,
        *,
        region: str,
        public_host: str,
    ) -> None:
        """Initialize the service. `public_host` is the host of tracked links."""
        self._accounts, self._keys, self._ownership, self._mail_from = accounts, keys, ownership, mail_from
        self._dns, self._proof, self._region, self._public_host = dns, proof, region, public_host
        self._checker = RecordChecker(dns)

    def show(self, account_id: str) -> AccountDomains:
        """Return the domains of the account. Raises NotFound."""
        stored = self._accounts.get(account_id).domains
        active = next((key for key in self._keys.all(account_id) if key.status == KeyStatus.ACTIVE), None)
        return AccountDomains(
            auth=active.domain if active else "",
            bounce=stored.get("bounce") or "",
            dkim=_dkim_host(active),
            tracking=stored.get("tracking") or "",
        )

    def checked(self, account_id: str, domains: dict[str, Any]) -> dict[str, Any]:
        """Return the domains in their stored form.

        Raises Invalid for an invalid domain, and Forbidden for a domain that is verified for another account.
        """
        parsed = parse_domains(domains)
        for name, value in parsed.items():
            if value:
                host = urlsplit(value).hostname if "://" in value else value
                self._ownership.check_domain(account_id, host or "", field=("domains", name))
        return parsed

    def change(self, account_id: str, domains: dict[str, Any]) -> AccountDomains:
        """Set the given domains; None clears a domain. Raises NotFound, and Invalid or Forbidden as `checked` does.

        A MAIL FROM domain is used as soon as the domain above it has an active key.
        """
        before = self._accounts.get(account_id).domains.get("bounce") or ""
        self._accounts.change(account_id, {"domains": self.checked(account_id, domains)})
        after = self.show(account_id)
        if before != after.bounce:
            self._replace_mail_from(account_id, before)
        return after

    def validate(self, account_id: str) -> CheckedDomains:
        """Look up the records of the account's domains. Raises NotFound."""
        domains = self.show(account_id)
        active = {key.domain for key in self._keys.all(account_id) if key.status == KeyStatus.ACTIVE}
        with ThreadPoolExecutor(LOOK_UPS_TOGETHER) as pool:
            dmarc = list(pool.map(lambda domain: check_dmarc(self._dns, domain), sorted(active)))
        return CheckedDomains(
            bounce=self._check_bounce(account_id, domains.bounce),
            tracking=self._check_tracking(account_id, domains.tracking, active),
            dmarc=dmarc,
        )

    def _check_bounce(self, account_id: str, host: str) -> list[CheckedRecord]:
        if not host:
            return []
        claim = self._mail_from.claim_of(account_id, host)
        records = self._checker.check(bounce_records(host, self._region, claim.domain if claim else _parent(host)))
        reason = self._mail_from.apply(account_id)
        if reason is None:
            return records
        return [
            record if record.problem else replace(record, problem=Problem.NOT_USED, hint=reason) for record in records
        ]

    def _check_tracking(self, account_id: str, url: str, active: set[str]) -> list[CheckedRecord]:
        if not url:
            return []
        host = urlsplit(url).hostname or ""
        zone = next((domain for domain in sorted(active, key=len) if host.endswith(f".{domain}")), _parent(host))
        (record,) = self._checker.check([tracking_record(host, self._public_host, zone)])
        is_served_at = self._proof.is_served_at(url)
        seen = self._accounts.get(account_id).domains.get("tracking_seen")
        if (seen == url) != is_served_at:
            self._accounts.change(account_id, {"domains": {"tracking_seen": url if is_served_at else None}})
        if is_served_at:  # perhaps over a proxy, whose name the record has
            return [replace(record, problem=None, hint=None)]
        return [record if record.problem else replace(record, problem=Problem.NOT_USED, hint=NO_ANSWER)]

    def _replace_mail_from(self, account_id: str, before: str) -> None:
        """Set the new MAIL FROM domain at SES; if SES does not answer, the next validation does it."""
        try:
            if before:
                self._mail_from.reset(account_id, before)
        except (IdentitiesBusy, IdentityRefused):
            pass
        self._mail_from.apply(account_id)


def _host(value: str, field: tuple[str, str]) -> str:
    text = urlsplit(value).hostname or "" if "://" in value else value
    return parse_domain(text, field=field)


def _url(value: str, host: str, field: tuple[str, str]) -> str:
    scheme = urlsplit(value).scheme if "://" in value else "https"
    if scheme not in ("http", "https"):
        raise Invalid("Invalid URL: it has to begin with https://.", code="url_invalid", field=field)
    return f"{scheme}://{host}"


def _parent(host: str) -> str:
    _, dot, parent = host.partition(".")
    return parent if dot and "." in parent else host


def _dkim_host(key: DkimKey | None) -> str:
    return dkim_name(key).lstrip(".") if key else ""
