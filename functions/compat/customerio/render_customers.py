"""Render people for Customer.io's API."""

from functions.compat.customerio.schemas_customers import Customer, CustomerDevice
from functions.compat.customerio.translate_identification import UNSUBSCRIBED
from functions.compat.customerio.translate_identifiers import identifiers_of
from postrider import bootstrap
from postrider.contacts import rules
from postrider.contacts.model import Contact
from postrider.devices.model import Device


def customer_of(contact: Contact) -> Customer:
    """Return a person with attributes and devices."""
    key = contact.account_id, contact.list_id
    identifiers = identifiers_of(contact)
    attributes = bootstrap.attributes().schema_to_show(*key, contact.attributes).known(contact.attributes)
    named = {name: value for name, value in identifiers if value is not None}
    has_left = rules.has_left(contact)
    return Customer(
        id=contact.external_id or "",
        identifiers=identifiers,
        attributes=attributes | named | ({UNSUBSCRIBED: "true"} if has_left else {}),
        timestamps={},
        unsubscribed=has_left,
        devices=[device_of(device) for device in bootstrap.devices().of(contact.account_id, contact.id)],
    )


def device_of(device: Device) -> CustomerDevice:
    return CustomerDevice(
        id=device.token,
        platform=device.platform,
        last_used=device.last_used_at,
        attributes=dict(device.attributes),
    )
