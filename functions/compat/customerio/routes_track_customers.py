"""People over Customer.io's Track API: /api/v1/customers/{identifier}."""

from typing import Annotated

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.identification import identify_person
from functions.compat.customerio.people import identifier_of
from functions.compat.customerio.relationships import apply_relationships
from functions.compat.customerio.schemas_customers import CustomerMerge, Identification
from functions.compat.customerio.schemas_track import Done
from functions.compat.customerio.suppression import suppress_person, unsuppress_person
from functions.compat.customerio.track_people import InPath, find_person, merge_people
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.dialect import check_right

operations = Operations("Track Customers", TRACK)
Writer = Annotated[Caller, Depends(TRACK.needs("contacts:write"))]


@operations.put("/api/v1/customers/{identifier}", "Add or change a person")
def identify_customer(caller: Writer, identifier: InPath, body: Identification) -> Done:
    """Make an unknown person. An address or id that another person has, and the address of an erased person, are left out.

    A person whose identifier ends like another path, such as `/events` or `/suppress`, cannot be named here. Relations
    need the right `records:write` too.
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
    """Delete the person with events, devices and relations. Unknown people are left out."""
    contact = find_person(caller.account_id, identifier_of(identifier))
    if contact is not None:
        bootstrap.contacts().remove(contact)
    return Done()


@operations.post("/api/v1/merge_customers", "Merge two people")
def merge_customers(caller: Writer, body: CustomerMerge) -> Done:
    """Keep the primary person with what the secondary one has more, and delete the secondary one.

    The stricter consent of the two wins. Nothing happens when one of them is unknown, as after a merge.
    """
    merge_people(caller.account_id, primary=body.primary, secondary=body.secondary)
    return Done()


@operations.post("/api/v1/customers/{identifier}/suppress", "Suppress a person")
def suppress_customer(caller: Writer, identifier: InPath) -> Done:
    """Unsubscribe the person from all lists, and suppress the address in the account. Nothing is deleted."""
    suppress_person(caller.account_id, identifier_of(identifier))
    return Done()


@operations.post("/api/v1/customers/{identifier}/unsuppress", "Stop suppressing a person")
def unsuppress_customer(caller: Writer, identifier: InPath) -> Done:
    """Lift the suppression of the address, unless the person asked for it or complained. Subscriptions stay as they are."""
    unsuppress_person(caller.account_id, identifier_of(identifier))
    return Done()
