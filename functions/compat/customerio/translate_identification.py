"""Translate identifications of people to values and a change of the status of a contact."""

from collections.abc import Mapping
from typing import Any

from functions.compat.customerio.people import find_person, identify
from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Contact, StatusChange
from postrider.contacts.upsert_requests import ContactValues
from postrider.http.bodies import to_json
from postrider.kit.errors import Invalid

UNSUBSCRIBED = "unsubscribed"
_IDENTIFIERS = frozenset({"id", "email", "cio_id"})
_STATUS_CHANGES = {
    "true": StatusChange.UNSUBSCRIBE,
    "1": StatusChange.UNSUBSCRIBE,
    "false": StatusChange.SUBSCRIBE,
    "0": StatusChange.SUBSCRIBE,
    "": StatusChange.KEEP,
}


def identify_person(
    account_id: str,
    identifier: Identifier,
    members: Mapping[str, Any],
    *,
    anonymous_id: str | None = None,
    only_known: bool = False,
) -> Contact | None:
    """Write a person with these members: `id` and `email` are identifiers, others are attributes.

    Null and blank members remove attributes. `unsubscribed` is a change of the status, which the rules of consent
    may refuse. The events of the visitor with `anonymous_id` are moved to the person. Return None for people who are not
    stored: with an unknown cio_id or an erased address, and with `only_known` all unknown people. Raises Invalid.
    """
    draft, status_change = draft_of(members), status_change_of(members.get(UNSUBSCRIBED))
    if only_known and find_person(account_id, identifier) is None:
        return None
    contact = identify(account_id, identifier, draft, status_change=status_change)
    if contact is not None and anonymous_id:
        bootstrap.contact_recording().identify(contact, anonymous_id)
    return contact


def draft_of(members: Mapping[str, Any]) -> ContactValues:
    """Return the values of a person. Raises Invalid for an id or an address that is not a text."""
    email, external_id = _text_of(members.get("email")), _text_of(members.get("id"))
    return ContactValues(
        email=email or None,
        removes_email="email" in members and not email,
        external_id=external_id or None,
        attributes={
            name: _text_of(value) for name, value in members.items() if name not in _IDENTIFIERS | {UNSUBSCRIBED}
        },
    )


def status_change_of(unsubscribed: Any) -> StatusChange:
    """Return the change of the status by the member `unsubscribed`; null and blank change nothing. Raises Invalid."""
    text = (_text_of(unsubscribed) or "").lower()
    if text not in _STATUS_CHANGES:
        reason = f"Invalid unsubscribed {text[:20]!r}: expected true or false."
        raise Invalid(reason, code="unsubscribed_invalid", field=UNSUBSCRIBED)
    return _STATUS_CHANGES[text]


def _text_of(value: Any) -> str | None:
    """Return a value as text of an attribute: texts unchanged, others as JSON; None for a blank text, which removes it."""
    text = value if isinstance(value, str) else None if value is None else to_json(value)
    return text.strip() and text if text is not None else None
