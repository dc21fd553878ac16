"""Define the DNS records of a sending domain, and find problems in published records; pure."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from postrider.domains.model import DkimKey, ExpectedDnsRecord, Problem, Signing
from postrider.ports.dns import RecordType

DKIM_ZONE: Final = "_domainkey"
PROOF_HOST: Final = "_postrider"
SES_DKIM_TARGET: Final = "dkim.amazonses.com"
"""https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html"""
SES_SPF: Final = "v=spf1 include:amazonses.com ~all"
"""https://docs.aws.amazon.com/ses/latest/dg/mail-from.html"""

_SPACE: Final = re.compile(r"\s+")
_QUOTES: Final = re.compile("[\"'\u201c\u201d\u201e]")
_CAUSES: Final = {
    Problem.UNANSWERED: "The name servers did not answer; try again in a few minutes.",
    Problem.MISSING: "There is no {kind} record {name}. Add it; a new record can take minutes to hours to be seen.",
    Problem.DOUBLED_DOMAIN: "The record was added as {place}, because the provider appends {domain} itself. "
    "Enter only the name {short}.",
    Problem.DOUBLED_TARGET: "The target ends with your own domain, because the provider appends {domain} to targets. "
    "Enter the target with a dot at its end: {value}.",
    Problem.WRONG_HOST: "The record was added as {place}; move it to {name}.",
    Problem.WRONG_TYPE: "{name} has a record of the type {place}; change the type to {kind}.",
    Problem.QUOTES: "The value contains quotation marks; enter it without them.",
    Problem.SPLIT: "The value is cut or spread over several records. Enter it in one record, whose strings have "
    "at most 255 characters each.",
    Problem.SEVERAL: "{name} has several records of this kind; delete all but the right one.",
    Problem.NOT_USED: "The records are right, but the domain is not used yet.",
    Problem.OTHER_VALUE: "The record has another value; replace it.",
}


class RecordFault(NamedTuple):
    """A problem of a record; `place` is where it was published by mistake."""

    problem: Problem
    place: str = ""


def dkim_records(key: DkimKey, proof: str) -> list[ExpectedDnsRecord]:
    """Return the records of a key. The first one proves the ownership; `proof` is its value for keys of SES."""
    if key.signing == Signing.OWN:
        value = f"v=DKIM1; k=rsa; p={key.public_key}"
        return [ExpectedDnsRecord(kind="TXT", name=dkim_name(key), value=value, domain=key.domain)]
    first = ExpectedDnsRecord(kind="TXT", name=f"{PROOF_HOST}.{key.domain}", value=proof, domain=key.domain)
    return [first, *(_token_record(key.domain, token) for token in key.tokens)]


def dkim_name(key: DkimKey) -> str:
    return f"{key.selector}.{DKIM_ZONE}.{key.domain}"


def bounce_records(host: str, region: str, domain: str) -> list[ExpectedDnsRecord]:
    """Return the records of a MAIL FROM domain: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html"""
    mx = f"10 feedback-smtp.{region}.amazonses.com"
    return [
        ExpectedDnsRecord(kind="MX", name=host, value=mx, domain=domain),
        ExpectedDnsRecord(kind="TXT", name=host, value=SES_SPF, domain=domain),
    ]


def tracking_record(host: str, target: str, domain: str) -> ExpectedDnsRecord:
    return ExpectedDnsRecord(kind="CNAME", name=host, value=target, domain=domain)


def entry_of(record: ExpectedDnsRecord) -> str:
    """Return the record as a line of a zone file, without TTL."""
    value = f'"{record.value}"' if record.kind == "TXT" else f"{record.value}."
    return f"{record.name}. {record.kind} {value}"


def is_right(record: ExpectedDnsRecord, values: Iterable[str]) -> bool:
    """Return whether the values at the name of the record are right; their meaning is compared, not their spelling."""
    found_values = list(values)
    if record.kind == "TXT":
        relevant = [value for value in found_values if _is_of_kind(record, value)]
        return len(relevant) == 1 and _meaning(record, relevant[0]) == _meaning(record, record.value)
    return found_values == [record.value]


def fault_of(record: ExpectedDnsRecord, values: tuple[str, ...]) -> RecordFault | None:
    """Return the problem of the values at the name of the record; None if they are right."""
    if is_right(record, values):
        return None
    if not values:
        return RecordFault(Problem.MISSING)
    if record.kind != "TXT":
        return _fault_of_target(record, values)
    meaning = _meaning(record, record.value)
    relevant = [value for value in values if _is_of_kind(record, value)]
    if any(_QUOTES.search(value) and _meaning(record, _QUOTES.sub("", value)) == meaning for value in values):
        return RecordFault(Problem.QUOTES)
    if _is_split(meaning, values, record):
        return RecordFault(Problem.SPLIT)
    if len(relevant) > 1:
        return RecordFault(Problem.SEVERAL)
    return RecordFault(Problem.OTHER_VALUE if relevant else Problem.MISSING)


def other_places(record: ExpectedDnsRecord) -> list[tuple[str, RecordType, Problem]]:
    """Return places where a record is often published by mistake: (name, type, problem)."""
    places: list[tuple[str, RecordType, Problem]] = [
        (f"{record.name}.{record.domain}", record.kind, Problem.DOUBLED_DOMAIN)
    ]
    if DKIM_ZONE in record.name:
        places.append((record.name.replace(f".{DKIM_ZONE}", "", 1), record.kind, Problem.WRONG_HOST))
    if record.name != record.domain and record.kind == "TXT":
        places.append((record.domain, record.kind, Problem.WRONG_HOST))
    other: RecordType = "TXT" if record.kind == "CNAME" else "CNAME"
    if record.kind != "MX":
        places.append((record.name, other, Problem.WRONG_TYPE))
    return places


def is_misplaced(record: ExpectedDnsRecord, kind: RecordType, values: tuple[str, ...]) -> bool:
    """Return whether the values at another place, or of another type, belong to this record."""
    if kind == record.kind:
        return is_right(record, values)
    return bool(values)


def hint_of(record: ExpectedDnsRecord, fault: RecordFault) -> str:
    """Return a text with the problem and its solution."""
    short = record.name.removesuffix(f".{record.domain}")
    return _CAUSES[fault.problem].format(
        kind=record.kind,
        name=record.name,
        value=record.value,
        domain=record.domain,
        short=short,
        place=fault.place,
    )


def _token_record(domain: str, token: str) -> ExpectedDnsRecord:
    name = f"{token}.{DKIM_ZONE}.{domain}"
    return ExpectedDnsRecord(kind="CNAME", name=name, value=f"{token}.{SES_DKIM_TARGET}", domain=domain)


def _fault_of_target(record: ExpectedDnsRecord, values: tuple[str, ...]) -> RecordFault:
    if f"{record.value}.{record.domain}" in values:
        return RecordFault(Problem.DOUBLED_TARGET)
    return RecordFault(Problem.SEVERAL if record.value in values else Problem.OTHER_VALUE)


def _is_of_kind(record: ExpectedDnsRecord, value: str) -> bool:
    """Return whether a TXT value has the kind of the record: a name can have values of other services too."""
    if record.value == SES_SPF:
        return value.lower().startswith("v=spf1")
    if record.value.startswith("v=DKIM1"):
        return "p=" in value
    return value.startswith(record.value.partition("=")[0])


def _meaning(record: ExpectedDnsRecord, value: str) -> str:
    """Return the meaning of a value, which is equal for different spellings."""
    if record.value == SES_SPF:
        terms = value.lower().split()
        return "spf" if terms[:1] == ["v=spf1"] and "include:amazonses.com" in terms else value
    if record.value.startswith("v=DKIM1"):
        return dkim_tags(value).get("p", "")
    return value.strip()


def dkim_tags(value: str) -> dict[str, str]:
    """Return the tags of a record, without white space: https://www.rfc-editor.org/rfc/rfc6376#section-3.2"""
    pairs = (part.partition("=") for part in value.split(";"))
    return {name.strip().lower(): _SPACE.sub("", text) for name, mark, text in pairs if mark}


def _is_split(meaning: str, values: tuple[str, ...], record: ExpectedDnsRecord) -> bool:
    """Return whether the values are pieces of the right value."""
    bare = [_SPACE.sub("", _QUOTES.sub("", value)) for value in values]
    whole = _SPACE.sub("", record.value)
    pieces = [piece for piece in bare if 20 < len(piece) < len(whole) and (piece in whole or piece in meaning)]
    cut = [piece for piece in bare if record.value.startswith("v=DKIM1") and _is_cut(piece, meaning)]
    return bool(pieces) or bool(cut)


def _is_cut(piece: str, meaning: str) -> bool:
    key = dkim_tags(piece).get("p", "")
    return 20 < len(key) < len(meaning) and meaning.startswith(key)
