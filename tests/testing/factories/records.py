"""Objects, records of contacts, and an import of objects."""

from datetime import timedelta
from typing import Any

from postrider import bootstrap
from postrider.devices.model import Device
from postrider.imports.data_model import DataImport, DataKind, DataOptions
from postrider.imports.data_repository import DataImportRepository
from postrider.objects.relations import RelationChange
from postrider.storage import sequences
from tests.testing.factories.accounts import Owner


def add_records(owner: Owner, ids: dict[str, Any]) -> dict[str, Any]:
    """Give the contact of a furnished account a relation, an event and a device; return the ids of these."""
    account_id, secret = owner.account_id, ids["secrets"][0]
    contact = bootstrap.contacts().get(account_id, ids["list_id"], ids["contact_id"])
    records = bootstrap.contact_recording()
    bootstrap.data_objects().put(account_id, 1, secret, {"name": secret})
    records.relate(account_id, [contact], [RelationChange(contact_id=contact.id, type_id=1, object_id=secret)])
    records.add_event(contact, bootstrap.contact_events().event(name=secret), is_unique=False)
    records.put_device(contact, Device(token=secret, platform="ios", last_used_at=bootstrap.clock()()))
    data_import = DataImport(
        id=sequences.allocate("import"),
        account_id=account_id,
        name=secret,
        description="",
        options=DataOptions(kind=DataKind.OBJECTS, type_id=1),
        task_id=ids["import_id"],
        created_at=bootstrap.clock()(),
    )
    DataImportRepository().add(data_import, expires_at=bootstrap.clock()() + timedelta(days=7))
    return {
        "data_import_id": data_import.id,
        "object_type_id": 1,
        "object_id": secret,
        "device_id": secret,
        "identifier": contact.email,
    }
