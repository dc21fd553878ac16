"""Apply what follows from a mail, a bounce, a complaint or an unsubscription, to the address to which it was sent.

The contact of the mail may have another address by now, be deleted, or be merged into another one, and the address may be
free or belong to another contact:
- bounces and complaints concern the contact that has the address, and not a contact that has moved to another one;
- an unsubscription concerns both the address, and the contact of the mail or its successor;
- with a free address, the departure remains stored, so that it applies to the next contact with this address.
"""

from collections.abc import Callable
from functools import partial

from postrider.contacts.address import parse
from postrider.contacts.model import Contact, WithdrawnBy
from postrider.contacts.rules import is_mailed_at
from postrider.contacts.service import ContactService
from postrider.contacts.writer import TRIES, Details, too_busy
from postrider.kit.errors import Invalid, NotFound
from postrider.lists.service import ListService


class MailReactions:
    def __init__(self, contacts: ContactService, lists: ListService) -> None:
        self._contacts, self._lists = contacts, lists

    def count_bounce(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        address: str,
        kind: str,
        hard: bool,
        event_id: str,
        campaign_id: int | None,
    ) -> None:
        """Count a bounce of a mail to this contact and address, each event once; "" is an unknown address."""
        mark = partial(self._contacts.mark_bounced, kind=kind, hard=hard, event_id=event_id, campaign_id=campaign_id)
        self._mark(account_id, list_id, contact_id, address, mark, WithdrawnBy.BOUNCE if hard else None)

    def apply_complaint(
        self, account_id: str, list_id: int, contact_id: int, *, address: str, event_id: str, campaign_id: int | None
    ) -> str:
        """Apply a complaint about a mail to this contact and address; return the address to suppress, "" if it is unknown."""
        mark = partial(self._contacts.mark_complained, event_id=event_id, campaign_id=campaign_id)
        return self._mark(account_id, list_id, contact_id, address, mark, WithdrawnBy.COMPLAINT)

    def _mark(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        address: str,
        mark: Callable[..., Contact | None],
        departure: WithdrawnBy | None,
    ) -> str:
        """Mark the contact that has the address of a mail, or keep the departure with it; return the address."""
        address = _canonical(address)
        contact = mark(account_id, list_id, contact_id, address=address)
        if contact is not None and is_mailed_at(contact, address):
            return contact.address
        address = address or self._contacts.address_of_deleted(account_id, list_id, contact_id) or ""
        if address:
            mark_owner = partial(mark, account_id, list_id, address=address)
            self._change_owner(account_id, list_id, address, mark_owner, departure)
        return address

    def unsubscribe(
        self, account_id: str, list_id: int, contact_id: int, *, address_number: int, details: Details
    ) -> set[str]:
        """Unsubscribe the person who used the link of a mail to this contact, at its address with this number.

        Return the canonical addresses that were unsubscribed, also of a deleted list. Raises NotFound if the address is no
        longer stored, and Conflict if others keep changing the contact.
        """

        def unsubscribe(contact_id: int) -> Contact | None:
            try:
                return self._contacts.unsubscribe(account_id, list_id, contact_id, details, by=WithdrawnBy.PERSON)
            except NotFound:
                return None

        contact = unsubscribe(contact_id)
        if contact is not None and contact.address_number == address_number:
            return {contact.address} - {""}
        addresses = self._contacts.mailed_addresses
        deleted = None if contact is not None else addresses.deleted_contact(account_id, list_id, contact_id)
        address = addresses.former(account_id, list_id, contact_id, address_number, deleted)
        if address is not None:
            self._change_owner(account_id, list_id, address, unsubscribe, WithdrawnBy.PERSON)
        seen_ids = {contact_id}
        while deleted is not None and deleted.successor_id is not None and deleted.successor_id not in seen_ids:
            seen_ids.add(deleted.successor_id)
            contact = unsubscribe(deleted.successor_id)
            deleted = None if contact else addresses.deleted_contact(account_id, list_id, deleted.successor_id)
        if address is None and contact is None:
            raise NotFound("The address of this link is no longer known.", code="token_invalid")
        return {address or "", contact.address if contact is not None else ""} - {""}

    def _change_owner(
        self,
        account_id: str,
        list_id: int,
        address: str,
        change: Callable[[int], Contact | None],
        departure: WithdrawnBy | None,
    ) -> None:
        """Change the contact that has the address, or keep the departure with the free address; do nothing on a deleted list."""
        for _ in range(TRIES):
            if not self._lists.exists(account_id, list_id):
                return
            owner = self._contacts.find_or_complete(account_id, list_id, address)
            if owner is not None:
                changed = change(owner.id)
                if changed is not None and changed.address == address:
                    return  # otherwise it was deleted, or has moved meanwhile: look for the address again
            elif departure is None or self._contacts.deletion.keep_departure(account_id, list_id, address, departure):
                return
        raise too_busy()


def _canonical(address: str) -> str:
    """Return the canonical address, or "" for a text that is none."""
    try:
        return parse(address).canonical if address else ""
    except Invalid:
        return ""
