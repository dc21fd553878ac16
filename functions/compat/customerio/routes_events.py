"""Events over Customer.io's Track API: of people, and of unidentified visitors."""

from typing import Annotated

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.people import InPath, find_or_create_person
from functions.compat.customerio.schemas_track import AnonymousEvent, CustomerEvent, Done
from functions.compat.customerio.translate_identifiers import identifier_of
from functions.compat.customerio.translate_records import event_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations

operations = Operations("Track Events", TRACK)
Writer = Annotated[Caller, Depends(TRACK.needs("events:write"))]


@operations.post("/api/v1/customers/{identifier}/events", "Track an event of a person")
def track_event(caller: Writer, identifier: InPath, body: CustomerEvent) -> Done:
    """Store the event of a person; an unknown person is created. The event of an unknown cio_id is ignored."""
    event = event_of(body)  # refused before a person is created
    contact = find_or_create_person(caller.account_id, identifier_of(identifier))
    if contact is not None:
        bootstrap.contact_recording().add_event(contact, event, is_unique=bool(body.id))
    return Done()


@operations.post("/api/v1/events", "Track an event of an anonymous visitor")
def track_anonymous_event(caller: Writer, body: AnonymousEvent) -> Done:
    """Store the event for 30 days, until a person is identified with the anonymous_id.

    An event without an anonymous_id is checked, but not stored, since it cannot be assigned to a person.
    """
    event = event_of(body)
    if body.anonymous_id:
        list_id = bootstrap.lists().default_id(caller.account_id)
        bootstrap.contact_recording().add_event_of_visitor(
            caller.account_id, list_id, body.anonymous_id, event, is_unique=bool(body.id)
        )
    return Done()
