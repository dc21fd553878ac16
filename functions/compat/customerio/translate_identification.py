"""Translate identifications of people to values of a contact, and a wish for its consent."""

from collections.abc import Mapping
from typing import Any

from functions.compat.customerio.people import find_person, identify
from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Contact, Wish
from postrider.contacts.upsert_orders import ContactDraft
from postrider.http.bodies import to_json
from postrider.kit.errors import Invalid

UNSUBSCRIBED = "unsubscribed"
_IDENTIFIERS = frozenset({"id", "email", "cio_id"})
_WISHES = {"true": Wish.UNSUBSCRIBE, "1": Wish.UNSUBSCRIBE, "false": Wish.SUBSCRIBE, "0": Wish.SUBSCRIBE, "": Wish.KEEP}


def identify_person(
    account_id: str,
    identifier: Identifier,
    members: Mapping[str, Any],
    *,
    anonymous_id: str | None = None,
    only_known: bool = False,
) -> Contact | None:
    """Write a person with these members: `id` and `email` are identifiers, others are attributes.

    Null and blank members remove attributes. `unsubscribed` is a wish, which the rules of consent may refuse. The events of
    the visitor with `anonymous_id` are moved to the person. Return None for people who are not stored: with an unknown
    cio_id or an erased address, and with `only_known` all unknown people. Raises Invalid.
    """
    draft, wish = draft_of(members), wish_of(members.get(UNSUBSCRIBED))
    if only_known and find_person(account_id, identifier) is None:
        return None
    contact = identify(account_id, identifier, draft, wish=wish)
    if contact is not None and anonymous_id:
        bootstrap.contact_recording().identify(contact, anonymous_id)
    return contact


def draft_of(members: Mapping[str, Any]) -> ContactDraft:
    """Return the values of a person. Raises Invalid for an id or an address that is not a text."""
    email, external_id = _text_of(members.get("email")), _text_of(members.get("id"))
    return ContactDraft(
        email=email or None,
        removes_email="email" in members and not email,
        external_id=external_id or None,
        attributes={
            name: _text_of(value) for name, value in members.items() if name not in _IDENTIFIERS | {UNSUBSCRIBED}
        },
    )


def wish_of(unsubscribed: Any) -> Wish:
    """Return the wish of the member `unsubscribed`; null and blank mean no wish. Raises Invalid."""
    text = (_text_of(unsubscribed) or "").lower()
    if text not in _WISHES:
        reason = f"Invalid unsubscribed {text[:20]!r}: expected true or false."
        raise Invalid(reason, code="unsubscribed_invalid", field=UNSUBSCRIBED)
    return _WISHES[text]


def _text_of(value: Any) -> str | None:
    """Return a value as text of an attribute: texts unchanged, others as JSON; None for a blank text, which removes it."""
    text = value if isinstance(value, str) else None if value is None else to_json(value)
    return text.strip() and text if text is not None else None
