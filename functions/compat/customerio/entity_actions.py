"""Apply actions of version 2 of Customer.io's Track API, with a function for each type and action."""

from collections.abc import Callable, Mapping

from functions.compat.customerio.people import (
    PersonIdentifiers,
    find_or_create_person,
    find_person,
    merge_people,
    people_of,
    suppress_person,
    unsuppress_person,
)
from functions.compat.customerio.schemas_entities import Action, Entity, EntityType
from functions.compat.customerio.schemas_track import (
    CustomerEvent,
    DeviceIn,
    EventType,
    ObjectIdentifiersIn,
    PersonRelationship,
)
from functions.compat.customerio.translate_identification import identify_person
from functions.compat.customerio.translate_records import add_event, device_of, event_of
from functions.compat.customerio.translate_relationships import add_relationships, delete_relationships, object_key_of
from postrider import bootstrap
from postrider.contacts.model import Contact
from postrider.http import Caller
from postrider.http.dialect import check_right
from postrider.kit.errors import Invalid, NotFound
from postrider.objects.relations import RelationChange

RIGHTS: Mapping[EntityType, Mapping[Action, str]] = {
    EntityType.PERSON: {
        Action.IDENTIFY: "contacts:write",
        Action.DELETE: "contacts:write",
        Action.EVENT: "events:write",
        Action.PAGE: "events:write",
        Action.SCREEN: "events:write",
        Action.ADD_RELATIONSHIPS: "records:write",
        Action.DELETE_RELATIONSHIPS: "records:write",
        Action.ADD_DEVICE: "contacts:write",
        Action.DELETE_DEVICE: "contacts:write",
        Action.SUPPRESS: "contacts:write",
        Action.UNSUPPRESS: "contacts:write",
        Action.MERGE: "contacts:write",
    },
    EntityType.OBJECT: {
        Action.IDENTIFY: "records:write",
        Action.DELETE: "records:write",
        Action.ADD_RELATIONSHIPS: "records:write",
        Action.DELETE_RELATIONSHIPS: "records:write",
    },
}
"""The actions of each type, with the required right."""


def apply_entity(caller: Caller, entity: Entity) -> None:
    """Apply the action of a call. Raises Invalid for missing members, Forbidden without the right of its action."""
    rights = RIGHTS[entity.type]
    if entity.action not in rights:
        reason = f"Invalid action {entity.action.value!r} of type {entity.type.value}: expected {', '.join(rights)}."
        raise Invalid(reason, code="action_invalid", field="action")
    check_right(caller, rights[entity.action])
    if entity.cio_relationships:
        check_right(caller, "records:write")
    actions = _PERSON if entity.type == EntityType.PERSON else _OBJECT
    actions[entity.action](caller.account_id, entity)


def _person(entity: Entity) -> PersonIdentifiers:
    return PersonIdentifiers.model_validate(entity.identifiers.model_dump())


def _found(account_id: str, entity: Entity) -> Contact | None:
    return find_person(account_id, _person(entity).identifier())


def _ensured(account_id: str, entity: Entity) -> Contact | None:
    return find_or_create_person(account_id, _person(entity).identifier())


def _identify_person(account_id: str, entity: Entity) -> None:
    attributes = dict(entity.attributes or {})
    own = {name: value for name, value in _person(entity).model_dump().items() if value and name not in attributes}
    anonymous_id = attributes.pop("anonymous_id", None)
    contact = identify_person(
        account_id,
        _person(entity).identifier(),
        own | attributes,
        anonymous_id=anonymous_id if isinstance(anonymous_id, str) else None,
    )
    if contact is not None and entity.cio_relationships:
        add_relationships(account_id, contact, _of_person(entity))


def _suppress_person(account_id: str, entity: Entity) -> None:
    suppress_person(account_id, _person(entity).identifier())


def _unsuppress_person(account_id: str, entity: Entity) -> None:
    unsuppress_person(account_id, _person(entity).identifier())


def _merge_people(account_id: str, entity: Entity) -> None:
    if entity.primary is None or entity.secondary is None:
        raise Invalid("No people to merge: give primary and secondary.", code="merge_unnamed", field="primary")
    merge_people(account_id, primary=entity.primary, secondary=entity.secondary)


def _delete_person(account_id: str, entity: Entity) -> None:
    contact = _found(account_id, entity)
    if contact is not None:
        bootstrap.contacts().remove(contact)


def _track(account_id: str, entity: Entity) -> None:
    if not entity.name:
        raise Invalid("No event name: give a name.", code="event_name_invalid", field="name")
    body = CustomerEvent(
        name=entity.name,
        type=EventType(entity.action.value),
        id=entity.id,
        timestamp=entity.timestamp,
        data=entity.attributes,
    )
    event_of(body)  # refused before a person is created
    contact = _ensured(account_id, entity)
    if contact is not None:
        add_event(contact, body)


def _relate_person(account_id: str, entity: Entity) -> None:
    contact = _ensured(account_id, entity)
    if contact is not None:
        add_relationships(account_id, contact, _of_person(entity))


def _unrelate_person(account_id: str, entity: Entity) -> None:
    contact = _found(account_id, entity)
    if contact is not None:
        delete_relationships(account_id, contact, _of_person(entity))


def _of_person(entity: Entity) -> list[PersonRelationship]:
    return [
        PersonRelationship(
            identifiers=ObjectIdentifiersIn.model_validate(relationship.identifiers.model_dump()),
            relationship_attributes=relationship.relationship_attributes or {},
        )
        for relationship in entity.cio_relationships or []
    ]


def _add_device(account_id: str, entity: Entity) -> None:
    device = device_of(_device(entity))
    contact = _ensured(account_id, entity)
    if contact is not None:
        bootstrap.contact_recording().put_device(contact, device)


def _delete_device(account_id: str, entity: Entity) -> None:
    device = _device(entity)
    contact = _found(account_id, entity)
    if contact is not None:
        bootstrap.contact_recording().remove_device(contact, device.id)


def _device(entity: Entity) -> DeviceIn:
    if entity.device is None:
        raise Invalid("No device: give a device.", code="device_missing", field="device")
    device = entity.device
    return DeviceIn(
        id=device.token or device.id or "",
        platform=device.platform or "",
        last_used=device.last_used,
        attributes=device.attributes,
    )


def _object_key(account_id: str, entity: Entity) -> tuple[int, str]:
    identifiers = entity.identifiers.model_dump()
    return object_key_of(account_id, ObjectIdentifiersIn.model_validate(identifiers))


def _identify_object(account_id: str, entity: Entity) -> None:
    type_id, object_id = _object_key(account_id, entity)
    bootstrap.data_objects().put(account_id, type_id, object_id, entity.attributes or {})
    if entity.cio_relationships:
        _relate_object(account_id, entity)


def _delete_object(account_id: str, entity: Entity) -> None:
    try:
        type_id, object_id = _object_key(account_id, entity)
    except NotFound:  # an unknown cio_object_id
        return
    bootstrap.contact_recording().delete_object(account_id, type_id, object_id)


def _relate_object(account_id: str, entity: Entity) -> None:
    type_id, object_id = _object_key(account_id, entity)
    people = people_of(account_id, _of_object(entity))
    changes = [
        RelationChange(
            contact_id=contact.id,
            type_id=type_id,
            object_id=object_id,
            attributes=relationship.relationship_attributes or {},
        )
        for relationship, contact in zip(entity.cio_relationships or [], people, strict=True)
        if contact is not None
    ]
    contacts = [contact for contact in people if contact is not None]
    bootstrap.contact_recording().relate(account_id, contacts, changes)


def _unrelate_object(account_id: str, entity: Entity) -> None:
    type_id, object_id = _object_key(account_id, entity)
    people = [find_person(account_id, identifiers.identifier()) for identifiers in _of_object(entity)]
    changes = [
        RelationChange(contact_id=contact.id, type_id=type_id, object_id=object_id)
        for contact in people
        if contact is not None
    ]
    bootstrap.contact_recording().unrelate(account_id, changes)


def _of_object(entity: Entity) -> list[PersonIdentifiers]:
    return [
        PersonIdentifiers.model_validate(relationship.identifiers.model_dump())
        for relationship in entity.cio_relationships or []
    ]


_PERSON: Mapping[Action, Callable[[str, Entity], None]] = {
    Action.IDENTIFY: _identify_person,
    Action.SUPPRESS: _suppress_person,
    Action.UNSUPPRESS: _unsuppress_person,
    Action.MERGE: _merge_people,
    Action.DELETE: _delete_person,
    Action.EVENT: _track,
    Action.PAGE: _track,
    Action.SCREEN: _track,
    Action.ADD_RELATIONSHIPS: _relate_person,
    Action.DELETE_RELATIONSHIPS: _unrelate_person,
    Action.ADD_DEVICE: _add_device,
    Action.DELETE_DEVICE: _delete_device,
}
_OBJECT: Mapping[Action, Callable[[str, Entity], None]] = {
    Action.IDENTIFY: _identify_object,
    Action.DELETE: _delete_object,
    Action.ADD_RELATIONSHIPS: _relate_object,
    Action.DELETE_RELATIONSHIPS: _unrelate_object,
}
