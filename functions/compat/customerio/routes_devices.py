"""Devices over Customer.io's Track API: /api/v1/customers/{identifier}/devices."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.people import (
    InPath,
    find_or_create_person,
    find_person,
)
from functions.compat.customerio.schemas_track import DeviceBody, Done
from functions.compat.customerio.translate_identifiers import identifier_of
from functions.compat.customerio.translate_records import device_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations

operations = Operations("Track Devices", TRACK)
Writer = Annotated[Caller, Depends(TRACK.needs("contacts:write"))]
DeviceId = Annotated[str, Path(alias="device_id", description="Token of the device.")]


@operations.put("/api/v1/customers/{identifier}/devices", "Add or change a device of a person")
def put_customer_device(caller: Writer, identifier: InPath, body: DeviceBody) -> Done:
    """Store a device; beyond 25, the least recently used one is deleted. An unknown person is created."""
    device = device_of(body.device)  # refused before a person is created
    contact = find_or_create_person(caller.account_id, identifier_of(identifier))
    if contact is not None:
        bootstrap.contact_recording().put_device(contact, device)
    return Done()


@operations.delete("/api/v1/customers/{identifier}/devices/{device_id}", "Delete a device of a person")
def delete_customer_device(caller: Writer, identifier: InPath, device_id: DeviceId) -> Done:
    """Delete the device, if it exists."""
    contact = find_person(caller.account_id, identifier_of(identifier))
    if contact is not None:
        bootstrap.contact_recording().remove_device(contact, device_id)
    return Done()
