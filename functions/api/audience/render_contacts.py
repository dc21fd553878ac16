"""Convert contacts to responses, and values of requests to the domain."""

from collections.abc import Iterable, Sequence

from functions.api.audience.schemas_contacts import (
    ContactFullResponse,
    ContactSuppression,
    CustomAttribute,
    CustomAttributesDataResponse,
)
from postrider import bootstrap
from postrider.contacts.model import Contact, SuppressionMark
from postrider.contacts.naming import ListNames
from postrider.filters.schema import BOUNCE_CODES
from postrider.kit.clock import unix, unix_or_none
from postrider.suppressions.model import Suppression


def full(contact: Contact) -> ContactFullResponse:
    """Return the response for a contact."""
    return fulls(contact.account_id, contact.list_id, [contact])[0]


def _full(contact: Contact, names: ListNames, wildcard: Suppression | None) -> ContactFullResponse:
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
        opted_in_on=unix_or_none(contact.opted_in_at),
        suppressed=_suppression(contact.mark, wildcard),
    )


def _suppression(mark: SuppressionMark | None, wildcard: Suppression | None) -> ContactSuppression | None:
    if mark is not None:
        return ContactSuppression(reason=mark.source.value, since=unix(mark.since), pattern=None)
    if wildcard is None:
        return None
    return ContactSuppression(reason=wildcard.source.value, since=unix(wildcard.added_at), pattern=wildcard.pattern)


def fulls(account_id: str, list_id: int, contacts: Sequence[Contact]) -> list[ContactFullResponse]:
    """Return the responses for contacts of one list."""
    names = bootstrap.contact_names().to_show(account_id, list_id, contacts)
    wildcards = bootstrap.suppressions().wildcards_of(account_id, [contact.address for contact in contacts])
    return [_full(contact, names, wildcards.get(contact.address)) for contact in contacts]


def values(attributes: Iterable[CustomAttribute] | None) -> dict[str, str | None]:
    """Return the values of custom attributes by name."""
    return {attribute.name: attribute.value for attribute in attributes or ()}
