"""Objects, and records of contacts."""

from typing import Any

from postrider import bootstrap
from postrider.devices.model import Device
from postrider.objects.relations import RelationChange
from tests.testing.factories.accounts import Owner


def add_records(owner: Owner, ids: dict[str, Any]) -> dict[str, Any]:
    """Give the contact of a furnished account a relation, an event and a device; return the ids of these."""
    account_id, secret = owner.account_id, ids["secrets"][0]
    contact = bootstrap.contacts().get(account_id, ids["list_id"], ids["contact_id"])
    records = bootstrap.contact_recording()
    bootstrap.data_objects().put(account_id, 1, secret, {"name": secret})
    records.relate(account_id, [contact], [RelationChange(contact_id=contact.id, type_id=1, object_id=secret)])
    records.add_event(contact, bootstrap.contact_events().event(name=secret), once=False)
    records.put_device(contact, Device(token=secret, platform="ios", last_used_at=bootstrap.clock()()))
    return {"object_type_id": 1, "object_id": secret, "device_id": secret, "identifier": contact.email}
