"""Parse the three forms of a suppression, and find the wildcards that cover an address; pure."""

from postrider.contacts.address import parse
from postrider.kit.errors import FieldPath, Invalid


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
