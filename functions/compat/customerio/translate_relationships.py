"""Translate relations between people and objects of Customer.io's Track API."""

from collections.abc import Sequence

from functions.compat.customerio.render_objects import number_of
from functions.compat.customerio.schemas_track import CustomerRelationships, ObjectIdentifiersIn, PersonRelationship
from postrider import bootstrap
from postrider.contacts.model import Contact
from postrider.kit.errors import Invalid
from postrider.kit.wire_ids import NO_ID, of_decimal
from postrider.objects.relations import RelationChange

ObjectKey = tuple[int, str]
"""Type and id of an object."""


def object_key_of(account_id: str, identifiers: ObjectIdentifiersIn) -> ObjectKey:
    """Return type and id of the object. Raises Invalid for a missing id, NotFound for an unknown cio_object_id."""
    if identifiers.cio_object_id:
        number = number_of(identifiers.cio_object_id) or NO_ID
        stored = bootstrap.data_objects().with_number(account_id, number)
        return stored.type_id, stored.id
    type_id = of_decimal(str(identifiers.object_type_id or ""))
    if type_id == NO_ID:
        reason = "Invalid object_type_id: expected digits, from 1 up."
        raise Invalid(reason, code="object_type_invalid", field="object_type_id")
    if not identifiers.object_id:
        reason = "No object: give an object_id or a cio_object_id."
        raise Invalid(reason, code="object_id_invalid", field="object_id")
    return type_id, identifiers.object_id


def apply_relationships(account_id: str, contact: Contact, body: CustomerRelationships) -> None:
    """Add or delete relations of a person, as an identification with `cio_relationships` does."""
    if body.action == "delete_relationships":
        delete_relationships(account_id, contact, body.relationships)
    else:
        add_relationships(account_id, contact, body.relationships)


def add_relationships(account_id: str, contact: Contact, relationships: Sequence[PersonRelationship]) -> None:
    """Relate a person to objects, and create unknown objects. Raises Invalid, NotFound as `object_key_of`."""
    bootstrap.contact_recording().relate(account_id, [contact], _changes(account_id, contact, relationships))


def delete_relationships(account_id: str, contact: Contact, relationships: Sequence[PersonRelationship]) -> None:
    """Delete relations of a person; unknown relations are ignored. Raises the errors of `add_relationships`."""
    bootstrap.contact_recording().unrelate(account_id, _changes(account_id, contact, relationships))


def _changes(account_id: str, contact: Contact, relationships: Sequence[PersonRelationship]) -> list[RelationChange]:
    return [
        RelationChange(
            contact_id=contact.id,
            type_id=type_id,
            object_id=object_id,
            attributes=relationship.relationship_attributes or {},
        )
        for relationship in relationships
        for type_id, object_id in [object_key_of(account_id, relationship.identifiers)]
    ]
