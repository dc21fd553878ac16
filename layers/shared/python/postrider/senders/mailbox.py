"""Parse mailboxes as in headers of mails: "Support" <support@example.com>."""

from email.errors import InvalidHeaderDefect
from typing import NamedTuple

from postrider.contacts import address
from postrider.content.headers import header_text
from postrider.kit.errors import FieldPath, Invalid

MAX_CHARS = 8_000
"""Maximum length of a text with several mailboxes."""


class Mailbox(NamedTuple):
    """A name, which may be empty, and an address."""

    name: str
    email: str


def parse_mailbox(text: str, *, field: FieldPath = "from") -> Mailbox:
    """Return the mailbox (RFC 5322, section 3.4). Raises Invalid unless the text is exactly one mailbox."""
    mailboxes = parse_mailboxes(text, field=field)
    if len(mailboxes) != 1:
        raise _broken(field, "one address")
    return mailboxes[0]


def parse_mailboxes(text: str, *, field: FieldPath = "to") -> list[Mailbox]:
    """Return the mailboxes in a text, separated by commas; a blank text has no mailboxes. Raises Invalid."""
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
        Mailbox(header_text(mailbox.display_name, field=field), address.parse(mailbox.addr_spec, field=field).original)
        for mailbox in header.addresses
    ]


def _broken(field: FieldPath, expected: str) -> Invalid:
    reason = f'Invalid mailbox: expected {expected}, as in "Support" <support@example.com>.'
    return Invalid(reason, code="mailbox_invalid", field=field)
