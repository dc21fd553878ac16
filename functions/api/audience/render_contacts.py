"""Contacts as the API writes them, and what it reads of them as the domain takes it."""

from collections.abc import Iterable, Sequence

from functions.api.audience.schemas_contacts import ContactFullResponse, CustomAttribute, CustomAttributesDataResponse
from postrider import bootstrap
from postrider.attributes.service import Schema
from postrider.contacts.model import NEVER_BOUNCED, Contact
from postrider.contacts.query import Selection
from postrider.imports.model import RefusedRow
from postrider.kit.clock import unix
from postrider.segments.evaluation import CompiledFilter


def full(contact: Contact, schema: Schema | None = None) -> ContactFullResponse:
    """`schema`: that of the contact's list, for those who render many."""
    schema = schema or bootstrap.attributes().schema(contact.account_id, contact.list_id)
    return ContactFullResponse(
        id=contact.id,
        email=contact.email,
        status=contact.status.value,
        subscribed_on=unix(contact.subscribed_at),
        last_bounce_type=contact.last_bounce_type,
        bounces_count=contact.bounces_count,
        custom_attributes=[
            CustomAttributesDataResponse(name=name, value=str(value))
            for name, value in sorted(schema.known(contact.attributes).items())
        ],
        tags=sorted(contact.tags),
        interests=sorted(contact.interests),
    )


def fulls(account_id: str, list_id: int, contacts: Sequence[Contact]) -> list[ContactFullResponse]:
    schema = bootstrap.attributes().schema(account_id, list_id)
    return [full(contact, schema) for contact in contacts]


def refused(row: RefusedRow) -> ContactFullResponse:
    """A row that an import did not take. The answer has contacts only, so this is one without an id that says why."""
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


def selection(*bound: CompiledFilter | None) -> Selection | None:
    """The contacts that all of these select."""
    found = [one for one in bound if one is not None]
    if not found:
        return None
    if len(found) == 1:
        return found[0].listed
    # One condition only: the placeholders of two would meet.
    text = "&".join(one.text for one in found)
    return Selection(text, lambda contact: all(one.accepts(contact) for one in found), found[0].condition)
