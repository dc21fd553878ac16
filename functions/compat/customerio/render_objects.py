"""Render objects for Customer.io's API."""

import re

from functions.compat.customerio import translate_identifiers
from functions.compat.customerio.schemas_objects import (
    ObjectIdentifiers,
    ObjectType,
    RelatedPerson,
    ShownIdentifiers,
    ShownObject,
)
from postrider.contacts.model import Contact
from postrider.kit.clock import unix
from postrider.objects.model import DataObject, Relation
from postrider.objects.model import ObjectType as Type

_CIO_OBJECT_ID = re.compile(r"ob[0-9a-f]{1,13}")


def cio_object_id_of(number: int) -> str:
    return f"ob{number:x}"


def number_of(cio_object_id: str) -> int | None:
    """Return the number of the object, or None for an invalid cio_object_id."""
    return int(cio_object_id[2:], 16) if _CIO_OBJECT_ID.fullmatch(cio_object_id) else None


def shown_type(object_type: Type) -> ObjectType:
    slug = re.sub(r"[^a-z0-9]+", "-", object_type.name.lower()).strip("-")
    return ObjectType(
        id=str(object_type.id),
        name=object_type.name,
        singular_name=object_type.name,
        slug=slug,
        singular_slug=slug,
        icon="",
        enabled=True,
    )


def identifiers_of(stored: DataObject) -> ObjectIdentifiers:
    return ObjectIdentifiers(object_id=stored.id, cio_object_id=cio_object_id_of(stored.number))


def shown_object(stored: DataObject) -> ShownObject:
    return ShownObject(
        object_type_id=str(stored.type_id),
        identifiers=ShownIdentifiers(object_id=stored.id, cio_object_id=cio_object_id_of(stored.number), id=stored.id),
        attributes=dict(stored.attributes),
        timestamps={name: unix(moment) for name, moment in stored.set_at.items()},
    )


def related_person(relation: Relation, contact: Contact) -> RelatedPerson:
    return RelatedPerson(
        object_type_id=str(relation.type_id),
        identifiers=translate_identifiers.identifiers_of(contact),
        object_type_disabled=False,
        relationship_attributes=dict(relation.attributes),
    )
