"""Find the contacts of transactional mails, and the reasons why some addresses get no mail."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.model import Contact, Status, Value
from postrider.contacts.naming import ContactNames
from postrider.contacts.service import ContactService
from postrider.content.tags import customer_values
from postrider.kit.errors import Invalid
from postrider.lists.service import ListService
from postrider.suppressions.rules import ErasedAddress
from postrider.transactional.model import Mail
from postrider.transactional.rules import SUPPRESSED, UNSUBSCRIBED

_STOPPED = frozenset({Status.INVALID, Status.FLAGGED})
"""Statuses of contacts whose address bounced permanently, or who complained."""
_LEFT = frozenset({Status.UNSUBSCRIBED, Status.ARCHIVED})


@dataclass(frozen=True, kw_only=True)
class People:
    """The contact of a mail, None for an erased person, and the addresses of contacts that get no mail.

    Addresses in `left` belong to unsubscribed contacts, which get mail with `to_unsubscribed`.
    """

    list_id: int
    contact: Contact | None
    attributes: Mapping[str, Value]
    stopped: frozenset[str]
    left: frozenset[str]

    @property
    def has_left(self) -> bool:
        return self.contact is not None and self.contact.status in _LEFT

    def reason_to_skip(self, address: str, *, to_unsubscribed: bool) -> str | None:
        """Return why a canonical address gets no mail, None if it does."""
        if address in self.stopped:
            return SUPPRESSED
        has_left = self.has_left or address in self.left
        return UNSUBSCRIBED if has_left and not to_unsubscribed else None

    @property
    def customer(self) -> Mapping[str, object]:
        """Return the values of the variable `customer`."""
        if self.contact is None:
            return {}
        return customer_values(self.attributes, self.contact.email, self.contact.external_id)


class MailPeople:
    def __init__(self, contacts: ContactService, names: ContactNames, lists: ListService) -> None:
        self._contacts, self._names, self._lists = contacts, names, lists

    def of_mail(self, mail: Mail, address: str) -> People | None:
        """Return the current contact of a mail and the contact with a canonical address; None for a mail without a contact."""
        if not mail.list_id:
            return None
        contact = self._contacts.many(mail.account_id, mail.list_id, [mail.contact_id]).get(mail.contact_id)
        owner = self._contacts.find(mail.account_id, mail.list_id, address)
        return _people(mail.list_id, contact, {}, [contact, owner])

    def of(self, account_id: str, person: Identifier, addresses: Collection[str]) -> People:
        """Return the named contact of the default list, and the contacts with these canonical addresses.

        An unknown person is added to the list as a new contact. Raises Invalid for an unknown contact id.
        """
        list_id = self._lists.default_id(account_id)
        named = [person, *map(Identifier.email, addresses)]
        contact, *others = self._contacts.by_identifiers(account_id, list_id, named)
        if contact is None:
            contact = self._added(account_id, list_id, person)
            others.append(contact)  # its address may have a departure
        attributes: Mapping[str, Value] = {}
        if contact is not None and contact.attributes:
            attributes = self._names.to_show(account_id, list_id, [contact]).schema.known(contact.attributes)
        return _people(list_id, contact, attributes, others)

    def _added(self, account_id: str, list_id: int, person: Identifier) -> Contact | None:
        if person.kind == IdentifierKind.CONTACT_ID:
            reason = "Unknown person: no contact has this id; identify the person by an external id or an address."
            raise Invalid(reason, code="person_not_found", field="person")
        is_address = person.kind == IdentifierKind.EMAIL
        email, external_id = (person.value, None) if is_address else (None, person.value)
        try:
            return self._contacts.upserts.create(
                account_id, list_id, email=email, external_id=external_id, resubscribe=False
            )
        except ErasedAddress:
            return None


def _people(
    list_id: int, contact: Contact | None, attributes: Mapping[str, Value], addressed: Iterable[Contact | None]
) -> People:
    by_status = [(other.address, other.status) for other in addressed if other is not None]
    return People(
        list_id=list_id,
        contact=contact,
        attributes=attributes,
        stopped=frozenset(address for address, status in by_status if status in _STOPPED),
        left=frozenset(address for address, status in by_status if status in _LEFT),
    )
