"""Translate events and devices of people of Customer.io's Track API."""

from datetime import datetime

from functions.compat.customerio.schemas_track import CustomerEvent, DeviceIn, EventType
from postrider import bootstrap
from postrider.contact_events.model import ContactEvent, EventKind
from postrider.contacts.model import Contact
from postrider.devices.model import Device
from postrider.kit.clock import from_unix
from postrider.kit.errors import Invalid


def moment_of(seconds: int | None) -> datetime | None:
    """Return the moment of Unix seconds. Raises Invalid for a number out of range."""
    try:
        return None if seconds is None else from_unix(seconds)
    except (OverflowError, ValueError, OSError) as exc:
        reason = f"Invalid timestamp {seconds}: expected Unix seconds."
        raise Invalid(reason, code="timestamp_invalid", field="timestamp") from exc


def event_of(body: CustomerEvent) -> ContactEvent:
    """Return the event. Raises Invalid."""
    return bootstrap.contact_events().event(
        name=body.name.strip(),
        properties=body.data or {},
        occurred_at=moment_of(body.timestamp),
        kind=EventKind((body.type or EventType.EVENT).value),
        event_id=body.id or None,
    )


def add_event(contact: Contact, body: CustomerEvent) -> None:
    """Store an event of a person. Raises Invalid."""
    bootstrap.contact_recording().add_event(contact, event_of(body), is_unique=bool(body.id))


def device_of(body: DeviceIn) -> Device:
    """Return the device. Raises Invalid."""
    return bootstrap.devices().checked(
        Device(
            token=body.id,
            platform=body.platform,
            last_used_at=moment_of(body.last_used) or bootstrap.clock()(),
            attributes=body.attributes or {},
        )
    )
