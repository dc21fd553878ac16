"""Pure rules of domains: spelling, subdomains, and look-alikes."""

import re
from typing import Final

from postrider.kit.errors import FieldPath, Invalid

MAX_DOMAIN_CHARS: Final = 253
"""https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, written without the dot at the end"""
MAX_LABELS: Final = 10
"""Maximum number of labels of a domain that an account may claim, so that ten look-ups find the claim on any name."""
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SELECTOR_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?")
MAX_SELECTOR_CHARS: Final = 63
"""https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimSigningAttributes.html"""

_LOOK_ALIKES: Final = {
    **str.maketrans("аеѐёосԁһіїјӏкмпрԛгѕтѵѡԝхуү", "aeeeocdhiijlkmnpqrstvwwxyy"),  # Cyrillic
    **str.maketrans("αβειηκνορτυω", "abeinkvoptuw"),  # Greek
    **str.maketrans("օոս", "onu"),  # noqa: RUF001  # Armenian
    **str.maketrans("ɑɡıʏ", "agiy"),  # noqa: RUF001  # rare Latin letters
}
"""Letters that look like a Latin letter, mostly Cyrillic and Greek: https://www.unicode.org/reports/tr39/ (confusables)."""


def parse_domain(text: str, *, field: FieldPath = "domain") -> str:
    """Return the domain in lower case and A-labels. Raises Invalid for an invalid name, and for a single label."""
    trimmed = text.strip().rstrip(".")
    invalid = Invalid(
        f"Invalid domain {trimmed[:80]!r}: expected a name such as example.com, without https:// and without a path.",
        code="domain_invalid",
        field=field,
    )
    if trimmed.isascii():
        domain = trimmed.lower()
    else:
        import idna  # imported here, because its tables load slowly and few domains need them

        try:
            domain = idna.encode(trimmed, uts46=True).decode().lower()
        except UnicodeError as exc:
            raise invalid from exc
    labels = domain.split(".")
    is_address = labels[-1].isdigit()
    if len(domain) > MAX_DOMAIN_CHARS or len(labels) < 2 or is_address or not all(map(_LABEL.fullmatch, labels)):
        raise invalid
    return domain


def parse_selector(text: str, *, field: FieldPath = "selector") -> str:
    """Return the selector in lower case. Raises Invalid for an invalid selector."""
    selector = text.strip().lower()
    if len(selector) > MAX_SELECTOR_CHARS or not all(map(_SELECTOR_LABEL.fullmatch, selector.split("."))):
        reason = "Invalid selector: use letters, digits, hyphens and underscores, at most 63 of them."
        raise Invalid(reason, code="selector_invalid", field=field)
    return selector


def domain_of(email: str) -> str:
    """Return the domain of an address in A-labels; empty for an invalid domain."""
    try:
        return parse_domain(email.rpartition("@")[2])
    except Invalid:
        return ""


def domain_and_parents(domain: str) -> list[str]:
    """Return the names whose claim covers the domain, the nearest first: itself and its parent domains."""
    labels = domain.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    return names[-(MAX_LABELS - 1) :]


def is_below(name: str, domain: str) -> bool:
    """Return whether the name is a subdomain of the domain."""
    return name.endswith(f".{domain}")


def unicode_domain(domain: str) -> str:
    """Return the domain with the letters of its A-labels."""
    if "xn--" not in domain:
        return domain
    import idna

    try:
        return idna.decode(domain)
    except UnicodeError:
        return domain


def look_alike(domain: str) -> str | None:
    """Return the domain in Latin letters that this one looks like; None if it has no such letters."""
    text = unicode_domain(domain)
    latin = text.translate(_LOOK_ALIKES)
    if latin == text:
        return None
    try:
        return parse_domain(latin)
    except Invalid:
        return None
