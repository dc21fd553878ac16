"""Parse the three forms of a suppression, and find those that cover an address; pure functions."""

from postrider.contacts.address import parse
from postrider.kit.errors import Invalid


def pattern_of(text: str, *, loc: tuple[str | int, ...] = ("body", "email")) -> str:
    """Return the canonical form of an address, `*@domain` or `local@*`. Raises Invalid for any other text."""
    trimmed = text.strip()
    if trimmed.startswith("*@") and "*" not in trimmed[2:]:
        return "*@" + parse(f"postmaster@{trimmed[2:]}", loc=loc).canonical.partition("@")[2]
    if trimmed.endswith("@*") and "*" not in trimmed[:-2]:
        return parse(f"{trimmed[:-2]}@example.com", loc=loc).canonical.rpartition("@")[0] + "@*"
    if "*" in trimmed:
        reason = "Invalid suppression: expected an address, `*@domain` or `local@*`."
        raise Invalid(reason, code="suppression_invalid", loc=loc)
    return parse(trimmed, loc=loc).canonical


def pattern_or_text(text: str) -> str:
    """Return the canonical form as `pattern_of` does, or the trimmed lower-case text when it is invalid."""
    try:
        return pattern_of(text)
    except Invalid:
        return text.strip().lower()


def wildcards_for(address: str) -> tuple[str, str]:
    """Return the two wildcards that cover a canonical address."""
    local, _, domain = address.rpartition("@")
    return f"*@{domain}", f"{local}@*"
