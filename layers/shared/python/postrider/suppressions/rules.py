"""The three forms of a suppression, and whether they cover an address; pure."""

from postrider.contacts.address import parse
from postrider.kit.errors import FieldPath, Invalid


def pattern_of(text: str, *, field: FieldPath = "email") -> str:
    """The canonical form of an address, `*@domain` or `local@*`. Raises Invalid when it is none of them."""
    trimmed = text.strip()
    if trimmed.startswith("*@") and "*" not in trimmed[2:]:
        return "*@" + parse(f"postmaster@{trimmed[2:]}", field=field).canonical.partition("@")[2]
    if trimmed.endswith("@*") and "*" not in trimmed[:-2]:
        return parse(f"{trimmed[:-2]}@example.com", field=field).canonical.rpartition("@")[0] + "@*"
    if "*" in trimmed:
        raise Invalid("Use an address, *@domain or local@*.", code="suppression_invalid", field=field)
    return parse(trimmed, field=field).canonical


def pattern_or_text(text: str) -> str:
    """As `pattern_of`, or the trimmed lower-case text when it is none: for look-ups."""
    try:
        return pattern_of(text)
    except Invalid:
        return text.strip().lower()


def wildcards_for(address: str) -> tuple[str, str]:
    """The two wildcards that cover a canonical address."""
    local, _, domain = address.rpartition("@")
    return f"*@{domain}", f"{local}@*"
