"""Find the contacts of transactional mails, and the reasons why some addresses get no mail."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.model import Contact, Status, Value, WithdrawnBy
from postrider.contacts.naming import ContactNames
from postrider.contacts.service import ContactService
from postrider.content.merge_tags import customer_values
from postrider.kit.errors import Invalid
from postrider.lists.service import ListService
from postrider.suppressions.rules import ErasedAddress
from postrider.transactional.model import Mail
from postrider.transactional.rules import SUPPRESSED, UNSUBSCRIBED

_STOPPED = frozenset({Status.INVALID, Status.FLAGGED})
"""Statuses of contacts whose address bounced permanently, or who complained."""
_LEFT = frozenset({Status.UNSUBSCRIBED, Status.ARCHIVED})


@dataclass(frozen=True, kw_only=True)
class AddresseeStatus:
    """The contact of a mail, None for an erased person, and the addresses that get no mail.

    Addresses in `left` belong to unsubscribed contacts, or have a departure of the person; they get mail with
    `to_unsubscribed`. `has_left` states the same of the person.
    """

    list_id: int
    contact: Contact | None
    attributes: Mapping[str, Value]
    has_left: bool
    stopped: frozenset[str]
    left: frozenset[str]

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


class AddresseeStatuses:
    def __init__(self, contacts: ContactService, names: ContactNames, lists: ListService) -> None:
        self._contacts, self._names, self._lists = contacts, names, lists

    def of_mail(self, mail: Mail, address: str) -> AddresseeStatus | None:
        """Return the current contact of a mail and the contact with a canonical address; None for a mail without a contact.

        The departure of an address applies if no contact has it. A deleted contact of a mail counts by its former address.
        """
        if not mail.list_id:
            return None
        key = mail.account_id, mail.list_id
        contact = self._contacts.many(*key, [mail.contact_id]).get(mail.contact_id)
        is_deleted = contact is None and mail.contact_id != 0
        former = self._contacts.address_of_deleted(*key, mail.contact_id) if is_deleted else None
        addresses = {address} if former is None else {address, former}
        owners = self._contacts.with_addresses(*key, addresses)
        if contact is None and former is not None:
            contact = owners.get(former)
        departures = self._contacts.departures_of(*key, addresses - owners.keys())
        has_departed = former is not None and departures.get(former) == WithdrawnBy.PERSON
        return _people(mail.list_id, contact, {}, [contact, *owners.values()], departures, has_departed=has_departed)

    def of(self, account_id: str, person: Identifier, addresses: Collection[str]) -> AddresseeStatus:
        """Return the named contact of the default list, and the contacts or departures of these canonical addresses.

        An unknown person is added to the list as a new contact. Raises Invalid for an unknown contact id.
        """
        list_id = self._lists.default_id(account_id)
        named = [person, *map(Identifier.email, addresses)]
        contact, *others = self._contacts.by_identifiers(account_id, list_id, named)
        if contact is None:
            contact = self._added(account_id, list_id, person)
        free = {address for address, owner in zip(addresses, others, strict=True) if owner is None}
        if contact is not None:
            free.discard(contact.address)  # an added contact starts from its departure
        departures = self._contacts.departures_of(account_id, list_id, free)
        attributes: Mapping[str, Value] = {}
        if contact is not None and contact.attributes:
            attributes = self._names.to_show(account_id, list_id, [contact]).schema.known(contact.attributes)
        return _people(list_id, contact, attributes, [contact, *others], departures)

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
    list_id: int,
    contact: Contact | None,
    attributes: Mapping[str, Value],
    addressed: Iterable[Contact | None],
    departures: Mapping[str, WithdrawnBy],
    *,
    has_departed: bool = False,
) -> AddresseeStatus:
    by_status = [(other.address, other.status) for other in addressed if other is not None]
    stopped = {address for address, status in by_status if status in _STOPPED}
    left = {address for address, status in by_status if status in _LEFT}
    for address, departure in departures.items():
        (left if departure == WithdrawnBy.PERSON else stopped).add(address)
    return AddresseeStatus(
        list_id=list_id,
        contact=contact,
        attributes=attributes,
        has_left=has_departed or (contact is not None and contact.status in _LEFT),
        stopped=frozenset(stopped),
        left=frozenset(left),
    )
