"""People over Customer.io's Track API: /api/v1/customers/{identifier}."""

from typing import Annotated

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.people import InPath, find_person, merge_people, suppress_person, unsuppress_person
from functions.compat.customerio.schemas_customers import CustomerMerge, Identification
from functions.compat.customerio.schemas_track import Done
from functions.compat.customerio.translate_identification import identify_person
from functions.compat.customerio.translate_identifiers import identifier_of
from functions.compat.customerio.translate_relationships import apply_relationships
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.dialect import check_right

operations = Operations("Track Customers", TRACK)
Writer = Annotated[Caller, Depends(TRACK.needs("contacts:write"))]


@operations.put("/api/v1/customers/{identifier}", "Add or change a person")
def identify_customer(caller: Writer, identifier: InPath, body: Identification) -> Done:
    """Create or change a person. An address or id of another person, and the address of an erased person, are ignored.

    An identifier that ends like another path, such as `/events` or `/suppress`, cannot be used here. Relations need the right
    `records:write` too.
    """
    if body.cio_relationships is not None:
        check_right(caller, "records:write")
    members = {name: getattr(body, name) for name in ("id", "email", "unsubscribed") if name in body.model_fields_set}
    contact = identify_person(
        caller.account_id,
        identifier_of(identifier),
        members | (body.model_extra or {}),
        anonymous_id=body.anonymous_id,
        only_known=bool(body.only_known),
    )
    if contact is not None and body.cio_relationships is not None:
        apply_relationships(caller.account_id, contact, body.cio_relationships)
    return Done()


@operations.delete("/api/v1/customers/{identifier}", "Delete a person")
def delete_customer(caller: Writer, identifier: InPath) -> Done:
    """Delete the person with events, devices and relations. Unknown people are ignored."""
    contact = find_person(caller.account_id, identifier_of(identifier))
    if contact is not None:
        bootstrap.contacts().remove(contact)
    return Done()


@operations.post("/api/v1/merge_customers", "Merge two people")
def merge_customers(caller: Writer, body: CustomerMerge) -> Done:
    """Add the missing values of the primary person from the secondary person, and delete the secondary person.

    The stricter consent wins. Nothing changes if one of them is unknown, as after a merge.
    """
    merge_people(caller.account_id, primary=body.primary, secondary=body.secondary)
    return Done()


@operations.post("/api/v1/customers/{identifier}/suppress", "Suppress a person")
def suppress_customer(caller: Writer, identifier: InPath) -> Done:
    """Unsubscribe the person from all lists, and suppress the address in the account. No data is deleted."""
    suppress_person(caller.account_id, identifier_of(identifier))
    return Done()


@operations.post("/api/v1/customers/{identifier}/unsuppress", "Remove the suppression of a person")
def unsuppress_customer(caller: Writer, identifier: InPath) -> Done:
    """Lift the suppression of the address, unless the person requested it or complained. Subscriptions do not change."""
    unsuppress_person(caller.account_id, identifier_of(identifier))
    return Done()
