"""Contacts as the API writes them, and what it reads of them as the domain takes it."""

from collections.abc import Iterable, Sequence

from functions.api.audience.schemas_contacts import ContactFullResponse, CustomAttribute, CustomAttributesDataResponse
from postrider import bootstrap
from postrider.contacts.model import NEVER_BOUNCED, Contact
from postrider.contacts.naming import ListNames
from postrider.imports.model import RefusedRow
from postrider.kit.clock import unix


def full(contact: Contact, names: ListNames | None = None) -> ContactFullResponse:
    """Return the contact as answers show it; `names`: those of its list, for callers that render many."""
    names = names or bootstrap.contact_names().of(contact.account_id, contact.list_id, [contact])
    return ContactFullResponse(
        id=contact.id,
        email=contact.email,
        status=contact.status.value,
        subscribed_on=unix(contact.subscribed_at),
        last_bounce_type=contact.last_bounce_type,
        bounces_count=contact.bounces_count,
        custom_attributes=[
            CustomAttributesDataResponse(name=name, value=str(value))
            for name, value in sorted(names.attributes_of(contact).items())
        ],
        tags=names.tags_of(contact),
        interests=names.interests_of(contact),
    )


def fulls(account_id: str, list_id: int, contacts: Sequence[Contact]) -> list[ContactFullResponse]:
    """Return many contacts of one list as answers show them."""
    names = bootstrap.contact_names().of(account_id, list_id, contacts)
    return [full(contact, names) for contact in contacts]


def refused(row: RefusedRow) -> ContactFullResponse:
    """Return a row that an import did not take as a contact without id that says why: the answer has contacts only."""
    reasons = {"row": str(row.number), "error": row.code, "reason": row.reason}
    return ContactFullResponse(
        id=0,
        email=row.email,
        status="refused",
        subscribed_on=0,
        last_bounce_type=NEVER_BOUNCED,
        bounces_count=0,
        custom_attributes=[CustomAttributesDataResponse(name=name, value=value) for name, value in reasons.items()],
        tags=None,
        interests=None,
    )


def values(given: Iterable[CustomAttribute] | None) -> dict[str, str | None]:
    return {attribute.name: attribute.value for attribute in given or ()}
