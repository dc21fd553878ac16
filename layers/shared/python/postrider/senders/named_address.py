"""Parse addresses with names as in headers of mails: "Support" <support@example.com>."""

from email.errors import InvalidHeaderDefect
from typing import NamedTuple

from postrider.contacts import address
from postrider.content.headers import header_text
from postrider.kit.errors import FieldPath, Invalid

MAX_CHARS = 8_000
"""Maximum length of a text with several addresses."""


class NamedAddress(NamedTuple):
    """A name, which may be empty, and an address."""

    name: str
    email: str


def parse_named_address(text: str, *, field: FieldPath = "from") -> NamedAddress:
    """Return the address with its name (a mailbox of RFC 5322, section 3.4). Raises Invalid unless it is exactly one."""
    parsed = parse_named_addresses(text, field=field)
    if len(parsed) != 1:
        raise _broken(field, "one address")
    return parsed[0]


def parse_named_addresses(text: str, *, field: FieldPath = "to") -> list[NamedAddress]:
    """Return the addresses in a text, separated by commas; a blank text has none. Raises Invalid."""
    if not text.strip():
        return []
    from email.policy import default  # imported here, because few calls need it, and it is slow to import

    checked = header_text(text, field=field, max_chars=MAX_CHARS).strip()
    try:
        header = default.header_factory("from", checked)
    except ValueError as exc:  # of line ends in an encoded name, as in =?utf-8?q?a=0d=0ab?=
        raise _broken(field, "addresses with commas between them") from exc
    is_broken = any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
    if is_broken or not header.addresses or any(group.display_name is not None for group in header.groups):
        raise _broken(field, "addresses with commas between them")
    return [
        NamedAddress(header_text(named.display_name, field=field), address.parse(named.addr_spec, field=field).original)
        for named in header.addresses
    ]


def _broken(field: FieldPath, expected: str) -> Invalid:
    reason = f'Invalid mailbox: expected {expected}, as in "Support" <support@example.com>.'
    return Invalid(reason, code="mailbox_invalid", field=field)
