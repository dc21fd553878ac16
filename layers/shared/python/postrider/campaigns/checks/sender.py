"""Checks of the sender and its domain, which receivers look up in DNS before they accept a mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from postrider.campaigns.checks.model import Finding, question
from postrider.domains.dmarc import check_dmarc
from postrider.domains.model import Problem
from postrider.domains.rules import domain_of
from postrider.kit.provider_domains import PROVIDER_DOMAINS
from postrider.ports.dns import DnsResolver, DnsUnanswered

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.domains.ownership import DomainOwnership
    from postrider.senders.model import Sender

_FIELD = ("sender", "id")


class SenderChecks:
    def __init__(self, dns: DnsResolver, ownership: DomainOwnership) -> None:
        self._dns, self._ownership = dns, ownership

    def findings(self, account_id: str, sender: Sender) -> Iterator[Finding]:
        """Yield problems that may keep mails of the sender out of inboxes; its domain is looked up in DNS."""
        domain = domain_of(sender.email)
        if domain in PROVIDER_DOMAINS:
            message = (
                f"Receivers reject or hide mails from {domain} that {domain} has not sent itself. Use a sender of your own "
                "domain."
            )
            yield question("sender_of_mailbox_provider", message, *_FIELD)
            return
        if not domain:
            return
        if self._ownership.verified(account_id, domain) is None:
            message = (
                f"No DKIM key of this account is active for {domain}, so its mails are not signed for this domain. Create "
                "one with POST /brands/default/dkim and publish its record."
            )
            yield question("dkim_missing", message, *_FIELD)
        try:
            yield from self._spf(domain)
        except DnsUnanswered:
            yield question("dns_unanswered", f"DNS did not answer for {domain}; check again in a minute.", *_FIELD)
            return
        yield from self._dmarc(domain)

    def _spf(self, domain: str) -> Iterator[Finding]:
        records = [value for value in self._dns.look_up(domain, "TXT") if value.lower().startswith("v=spf1")]
        if not records:
            message = (
                f"The domain {domain} has no SPF record. Publish one, such as `v=spf1 include:amazonses.com ~all`."
            )
            yield question("spf_missing", message, *_FIELD)
        if len(records) > 1:
            message = f"The domain {domain} has {len(records)} SPF records, which receivers treat as none. Merge them into one."
            yield question("spf_several", message, *_FIELD, count=len(records))

    def _dmarc(self, domain: str) -> Iterator[Finding]:
        checked = check_dmarc(self._dns, domain)
        if checked.problem == Problem.UNANSWERED:
            yield question(
                "dns_unanswered", f"DNS did not answer for _dmarc.{domain}; check again in a minute.", *_FIELD
            )
        elif checked.problem is not None:
            code = "dmarc_missing" if checked.problem == Problem.MISSING else "dmarc_invalid"
            hint = f" {checked.hint}" if checked.hint else ""
            message = f"The domain {domain} has no valid DMARC record, which large receivers require.{hint}"
            yield question(code, message, *_FIELD)
