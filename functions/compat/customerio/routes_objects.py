"""Objects over Customer.io's App API: /v1/object_types and /v1/objects."""

from typing import Annotated

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.paging import Limit, Start, clamped
from functions.compat.customerio.render_objects import (
    identifiers_of,
    number_of,
    related_person,
    shown_object,
    shown_type,
)
from functions.compat.customerio.schemas_objects import (
    FindObjectsRequest,
    IdType,
    ObjectAttributesResponse,
    ObjectId,
    ObjectIdType,
    ObjectRelationshipsPage,
    ObjectsPage,
    ObjectTypesResponse,
    TypeId,
)
from functions.compat.customerio.translate_object_filters import condition_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.kit.errors import Invalid
from postrider.kit.wire_ids import NO_ID, of_decimal
from postrider.objects.model import DataObject

operations = Operations("Objects", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("records:read"))]


def _object(account_id: str, type_id: int, object_id: str, id_type: ObjectIdType) -> DataObject:
    """Return the object. Raises NotFound."""
    if id_type == ObjectIdType.OBJECT_ID:
        return bootstrap.data_objects().get(account_id, type_id, object_id)
    return bootstrap.data_objects().by_number(account_id, type_id, number_of(object_id) or NO_ID)


@operations.get("/v1/object_types", "List object types", tag="Object Types")
def list_object_types(caller: Reader) -> ObjectTypesResponse:
    """Return the object types; a type is created by its first object."""
    return ObjectTypesResponse(types=[shown_type(kind) for kind in bootstrap.data_objects().types(caller.account_id)])


@operations.post("/v1/objects", "Find objects", errors=(400, 401, 403, 429))
def find_objects(caller: Reader, body: FindObjectsRequest, start: Start = None, limit: Limit = None) -> ObjectsPage:
    """Return a page of the matching objects. A page reads at most 5,000 objects, so that it may be short although more follow."""
    type_id = of_decimal(str(body.object_type_id))
    if type_id == NO_ID:
        reason = f"Invalid object_type_id {str(body.object_type_id)[:20]!r}: expected digits, from 1 up."
        raise Invalid(reason, code="object_type_invalid", field="object_type_id")
    page = bootstrap.data_objects().find(
        caller.account_id,
        type_id,
        condition_of(body.filter, type_id),
        query=body.filter.model_dump_json(by_alias=True),
        limit=clamped(limit),
        cursor=start,
    )
    return ObjectsPage(
        identifiers=[identifiers_of(stored) for stored in page.items],
        ids=[stored.id for stored in page.items],
        next=page.next_cursor or "",
    )


@operations.get(
    "/v1/objects/{object_type_id}/{object_id}/attributes",
    "Get the attributes of an object",
    errors=(401, 403, 404, 429),
)
def get_object_attributes(
    caller: Reader, object_type_id: TypeId, object_id: ObjectId, id_type: IdType = ObjectIdType.OBJECT_ID
) -> ObjectAttributesResponse:
    """Return the attributes of an object, whose object_id may contain slashes."""
    stored = _object(caller.account_id, object_type_id, object_id, id_type)
    return ObjectAttributesResponse(object=shown_object(stored))


@operations.get(
    "/v1/objects/{object_type_id}/{object_id}/relationships",
    "List the people who are related to an object",
    errors=(400, 401, 403, 404, 429),
)
def list_object_relationships(
    caller: Reader,
    object_type_id: TypeId,
    object_id: ObjectId,
    start: Start = None,
    limit: Limit = None,
    id_type: IdType = ObjectIdType.OBJECT_ID,
) -> ObjectRelationshipsPage:
    """Return a page of the people, in a stable order."""
    stored = _object(caller.account_id, object_type_id, object_id, id_type)
    page = bootstrap.relations().of_object(
        caller.account_id, stored.type_id, stored.id, limit=clamped(limit), cursor=start
    )
    list_id = bootstrap.lists().default(caller.account_id).id
    people = bootstrap.contacts().many(caller.account_id, list_id, [relation.contact_id for relation in page.items])
    return ObjectRelationshipsPage(
        cio_relationships=[
            related_person(relation, people[relation.contact_id])
            for relation in page.items
            if relation.contact_id in people
        ],
        next=page.next_cursor or "",
    )
