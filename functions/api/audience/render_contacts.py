"""Convert contacts to responses, and values in requests to those of the domain."""

from collections.abc import Iterable, Sequence

from functions.api.audience.schemas_contacts import (
    ContactFullResponse,
    ContactSuppression,
    CustomAttribute,
    CustomAttributesDataResponse,
)
from postrider import bootstrap
from postrider.contacts.model import Contact
from postrider.contacts.naming import ListNames
from postrider.filters.schema import BOUNCE_CODES
from postrider.kit.clock import unix


def full(contact: Contact, names: ListNames | None = None) -> ContactFullResponse:
    """Return the response for a contact; `names` are the names of its list, for callers that render many contacts."""
    names = names or bootstrap.contact_names().to_show(contact.account_id, contact.list_id, [contact])
    return ContactFullResponse(
        id=contact.id,
        email=contact.email,
        status=contact.status.value,
        subscribed_on=unix(contact.subscribed_at),
        last_bounce_type=BOUNCE_CODES[contact.last_bounce_type],
        bounces_count=contact.bounces_count,
        custom_attributes=[
            CustomAttributesDataResponse(name=name, value=str(value))
            for name, value in sorted(names.attributes_of(contact).items())
        ],
        tags=names.tags_of(contact),
        interests=names.interests_of(contact),
        suppressed=None
        if contact.mark is None
        else ContactSuppression(reason=contact.mark.source.value, since=unix(contact.mark.since)),
    )


def fulls(account_id: str, list_id: int, contacts: Sequence[Contact]) -> list[ContactFullResponse]:
    """Return the responses for contacts of one list."""
    names = bootstrap.contact_names().to_show(account_id, list_id, contacts)
    return [full(contact, names) for contact in contacts]


def values(attributes: Iterable[CustomAttribute] | None) -> dict[str, str | None]:
    """Return the values of custom attributes by name."""
    return {attribute.name: attribute.value for attribute in attributes or ()}
