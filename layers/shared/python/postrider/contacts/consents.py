"""Add, show and move the consent records of contacts, and check their texts.

A record is evidence of a consent, and never changes the status of a contact.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from postrider.kit.errors import Invalid

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.contacts.deletion import ContactDeletion
    from postrider.contacts.model import ConsentRecord, Contact
    from postrider.contacts.repository import ContactRepository
    from postrider.kit.clock import Clock

MAX_TEXT_CHARS = 1000
"""Maximum length of the text, of the address of its page, and of the name of the program."""
MAX_SHOWN = 100


class ConsentRecords:
    def __init__(self, contacts: ContactRepository, deletion: ContactDeletion, now: Clock) -> None:
        self._contacts, self._deletion, self._now = contacts, deletion, now

    def of(self, contact: Contact) -> list[ConsentRecord]:
        """Return the newest records of a contact, at most MAX_SHOWN."""
        if not contact.has_consents:
            return []
        return self._contacts.consents.of(contact.account_id, contact.list_id, contact.id, MAX_SHOWN)

    def add(self, contact: Contact, records: Sequence[ConsentRecord]) -> None:
        """Add records to a contact, each once; one that was deleted meanwhile gets none."""
        if records and self._deletion.prepare_consents([contact]):
            self.add_prepared(contact.account_id, contact.list_id, [(contact.id, record) for record in records])

    def add_prepared(self, account_id: str, list_id: int, records: Sequence[tuple[int, ConsentRecord]]) -> None:
        """Add records, each once, with the ids of contacts that were marked to have some.

        Records of contacts that were deleted meanwhile are deleted again.
        """
        self._contacts.consents.add_many(account_id, list_id, records)
        contact_ids = {contact_id for contact_id, _ in records}
        gone = contact_ids - self._contacts.many(account_id, list_id, contact_ids).keys()
        if gone:
            self._contacts.consents.delete(account_id, list_id, gone)

    def move(self, *, kept: Contact, dropped: Contact) -> None:
        """Give the records of a contact that is about to be deleted to another one of its list.

        A repetition completes an interrupted call.
        """
        if dropped.has_consents:
            self._deletion.prepare_consents([kept])
            self._contacts.consents.move(kept.account_id, kept.list_id, from_id=dropped.id, to_id=kept.id)


def check_texts(texts: Mapping[str, str]) -> None:
    """Check text, url, ip and user_agent of a record. Raises Invalid, naming the field."""
    for name, text in texts.items():
        if len(text) > MAX_TEXT_CHARS:
            reason = f"Invalid {name}: it has {len(text)} characters, and at most {MAX_TEXT_CHARS} are allowed."
            raise Invalid(reason, code="consent_too_long", field=name)
    if texts.get("ip"):
        try:
            ipaddress.ip_address(texts["ip"])
        except ValueError as exc:
            reason = f"Invalid ip {texts['ip'][:80]!r}: expected an IPv4 or IPv6 address; correct it or leave it out."
            raise Invalid(reason, code="consent_ip_invalid", field="ip") from exc
