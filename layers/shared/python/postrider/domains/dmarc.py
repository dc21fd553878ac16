"""Find the DMARC policy of a domain: https://www.rfc-editor.org/rfc/rfc7489, by the tree walk of its successor."""

from typing import Final

from postrider.domains.dns_records import RecordFault, hint_of
from postrider.domains.model import CheckedRecord, ExpectedDnsRecord, Problem
from postrider.domains.rules import domain_and_parents
from postrider.ports.dns import DnsResolver, DnsUnanswered

POLICIES: Final = ("none", "quarantine", "reject")
SUGGESTED: Final = "v=DMARC1; p=none"
_NO_POLICY: Final = "The record has no policy: p has to be none, quarantine or reject."


def check_dmarc(dns: DnsResolver, domain: str) -> CheckedRecord:
    """Return the record that applies to mails of the domain, which may belong to a parent domain."""
    expected = ExpectedDnsRecord(kind="TXT", name=f"_dmarc.{domain}", value=SUGGESTED, domain=domain)
    try:
        for name in domain_and_parents(domain):
            found_values = tuple(value for value in dns.look_up(f"_dmarc.{name}", "TXT") if is_dmarc(value))
            if found_values:
                return _judged(expected, found_values)
    except DnsUnanswered:
        return _with(expected, (), Problem.UNANSWERED)
    return _with(expected, (), Problem.MISSING)


def is_dmarc(value: str) -> bool:
    return value.replace(" ", "").lower().startswith("v=dmarc1")


def policy_of(value: str) -> str | None:
    """Return the policy of a record; None for a missing or unknown policy."""
    pairs = (part.partition("=") for part in value.split(";"))
    tags = {name.strip().lower(): text.strip().lower() for name, mark, text in pairs if mark}
    return tags.get("p") if tags.get("p") in POLICIES else None


def _judged(expected: ExpectedDnsRecord, found_values: tuple[str, ...]) -> CheckedRecord:
    if len(found_values) > 1:
        return _with(expected, found_values, Problem.SEVERAL)
    if policy_of(found_values[0]) is None:
        return CheckedRecord(expected=expected, found_values=found_values, problem=Problem.OTHER_VALUE, hint=_NO_POLICY)
    return CheckedRecord(expected=expected, found_values=found_values)


def _with(expected: ExpectedDnsRecord, found_values: tuple[str, ...], problem: Problem) -> CheckedRecord:
    return CheckedRecord(
        expected=expected, found_values=found_values, problem=problem, hint=hint_of(expected, RecordFault(problem))
    )
