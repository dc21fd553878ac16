"""Suppress people, and lift their suppressions, for Customer.io's Track API."""

from functions.compat.customerio.track_people import find_person
from postrider import bootstrap
from postrider.contacts.identifiers import Identifier, IdentifierKind


def suppress_person(account_id: str, identifier: Identifier) -> None:
    """Unsubscribe a person from all lists, and suppress the address, also of an unknown person."""
    contact = find_person(account_id, identifier)
    if contact is not None:
        bootstrap.contact_suppression().suppress(contact)
    elif identifier.kind == IdentifierKind.EMAIL:
        bootstrap.address_suppression().suppress(account_id, identifier.value)


def unsuppress_person(account_id: str, identifier: Identifier) -> None:
    """Lift the suppression of the address, unless the person requested it or complained. Subscriptions do not change."""
    contact = find_person(account_id, identifier)
    address = identifier.value if identifier.kind == IdentifierKind.EMAIL else ""
    email = address if contact is None else contact.email
    if email:
        bootstrap.contact_suppression().lift(account_id, email)
