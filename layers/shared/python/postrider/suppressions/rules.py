"""Parse the three forms of a suppression, and find the wildcards that cover an address; pure."""

from collections.abc import Mapping

from postrider.contacts.address import parse
from postrider.kit.errors import FieldPath, Invalid
from postrider.suppressions.model import LOCKED, SuppressionSource


class ErasedAddress(Invalid):
    """A person with this address was erased, and no data of the person may be stored."""

    default_code = "erased"

    def __init__(self, *, field: FieldPath = "email") -> None:
        reason = (
            "Erased address: the data of this person was erased on request. Lift the erasure to add the person again."
        )
        super().__init__(reason, field=field)


def pattern_of(text: str, *, field: FieldPath = "email") -> str:
    """Return the canonical form of an address, `*@domain` or `local@*`. Raises Invalid for any other text."""
    trimmed = text.strip()
    if trimmed.startswith("*@") and "*" not in trimmed[2:]:
        return "*@" + parse(f"postmaster@{trimmed[2:]}", field=field).canonical.partition("@")[2]
    if trimmed.endswith("@*") and "*" not in trimmed[:-2]:
        return parse(f"{trimmed[:-2]}@example.com", field=field).canonical.rpartition("@")[0] + "@*"
    if "*" in trimmed:
        reason = "Invalid suppression: expected an address, `*@domain` or `local@*`."
        raise Invalid(reason, code="suppression_invalid", field=field)
    return parse(trimmed, field=field).canonical


SOURCES: Mapping[str, SuppressionSource] = {
    **dict.fromkeys(("", "manual", "blocked", "blacklisted"), SuppressionSource.MANUAL),
    **dict.fromkeys(
        ("bounce", "bounced", "hard bounce", "hard_bounce", "invalid", "cleaned"), SuppressionSource.BOUNCE
    ),
    **dict.fromkeys(
        ("complaint", "complained", "spam", "spam complaint", "abuse", "flagged"), SuppressionSource.COMPLAINT
    ),
    **dict.fromkeys(
        ("global_unsubscribe", "unsubscribe", "unsubscribed", "opt-out"), SuppressionSource.GLOBAL_UNSUBSCRIBE
    ),
}
"""Words for the reason of an entry: those of this platform, and those of other tools."""


def source_of(text: str, pattern: str, *, field: FieldPath = "source") -> SuppressionSource:
    """Return the source that a word means. Raises Invalid for another word, and for a wildcard that a person asked for."""
    source = SOURCES.get(text.strip().casefold())
    if source is None:
        reason = f"Unknown reason {text.strip()[:80]!r}: expected manual, bounce, complaint or global_unsubscribe."
        raise Invalid(reason, code="suppression_reason_unknown", field=field)
    if "*" in pattern and source != SuppressionSource.MANUAL:
        reason = f"Invalid reason {text.strip()!r}: a pattern is no person; leave the reason out, or write manual."
        raise Invalid(reason, code="suppression_reason_invalid", field=field)
    return source


def stronger(source: SuppressionSource, other: SuppressionSource) -> SuppressionSource:
    """Return the source of two rows of one entry: that of the first row, unless only the other one is a person's wish."""
    return other if other in LOCKED and source not in LOCKED else source


def pattern_or_text(text: str) -> str:
    """Return the canonical form as `pattern_of` does, or the trimmed lower-case text if it is invalid."""
    try:
        return pattern_of(text)
    except Invalid:
        return text.strip().lower()


def wildcards_for(address: str) -> tuple[str, str]:
    """Return the two wildcards that cover a canonical address."""
    local, _, domain = address.rpartition("@")
    return f"*@{domain}", f"{local}@*"
