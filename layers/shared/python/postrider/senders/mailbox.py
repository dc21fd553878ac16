"""Read a sender as mails write it: "Support" <support@example.com>."""

from email.errors import InvalidHeaderDefect
from email.policy import default
from typing import NamedTuple

from postrider.contacts import address
from postrider.content.headers import header_text
from postrider.kit.errors import FieldPath, Invalid


class Mailbox(NamedTuple):
    """A name, which may be empty, and an address."""

    name: str
    email: str


def parse_mailbox(text: str, *, field: FieldPath = "from") -> Mailbox:
    """Return the mailbox (RFC 5322, section 3.4). Raises Invalid for a text that is not exactly one."""
    header = default.header_factory("from", header_text(text, field=field).strip())
    is_broken = any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
    if is_broken or len(header.addresses) != 1 or header.groups[0].display_name is not None:
        reason = 'Invalid sender: expected one address, as in "Support" <support@example.com>.'
        raise Invalid(reason, code="mailbox_invalid", field=field)
    (mailbox,) = header.addresses
    name = header_text(mailbox.display_name, field=field)
    return Mailbox(name, address.parse(mailbox.addr_spec, field=field).original)
