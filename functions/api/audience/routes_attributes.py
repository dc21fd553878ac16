"""Custom attributes over HTTP: /lists/{list_id}/custom-attributes."""

from typing import Annotated

from functions.api.audience.schemas_attributes import (
    CreateAttributeResponse,
    CreateCustomAttribute,
    CustomAttributeFullResponse,
    CustomAttributeResponse,
    CustomAttributesResponse,
    CustomAttributeType,
    DefinedAttributeResponse,
    DeleteCustomAttributeResponse,
    PatchCustomAttribute,
    PatchCustomAttributeResponse,
)
from postrider import bootstrap
from postrider.attributes.model import Attribute, AttributeFormat, AttributeType
from postrider.attributes.service import AttributeService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import AttributeName, ListId
from postrider.usecases.delete_labels import NameDeletion

operations = Operations("Custom Attribute", MAIN)
Attributes = Annotated[AttributeService, Depends(bootstrap.attributes)]
Deletions = Annotated[NameDeletion, Depends(bootstrap.label_deletion)]
Reader = Annotated[Caller, Depends(needs("attributes:read"))]
Writer = Annotated[Caller, Depends(needs("attributes:write"))]


def _full(attribute: Attribute) -> CustomAttributeFullResponse:
    return CustomAttributeFullResponse(name=attribute.name, type=CustomAttributeType(attribute.type.value))


@operations.get("/lists/{list_id}/custom-attributes", "List custom attributes")
def list_custom_attributes(
    caller: Reader, attributes: Attributes, list_id: ListId, paging: PageRequest
) -> CustomAttributesResponse:
    """Return a page of the custom attributes of a list."""
    all_attributes = attributes.all(caller.account_id, list_id)
    pagination, items = listing(all_attributes, paging)
    return CustomAttributesResponse(pagination=pagination, data=[_full(attribute) for attribute in items])


@operations.post("/lists/{list_id}/custom-attributes", "Create a custom attribute", status=201)
def create_custom_attribute(
    caller: Writer, attributes: Attributes, list_id: ListId, body: CreateCustomAttribute
) -> CreateAttributeResponse:
    """Create a custom attribute on a list.

    Refused with 400: a name that the list already has, a reserved name, and more than the maximum number of attributes.
    """
    created = attributes.create(caller.account_id, list_id, name=body.name, kind=AttributeType(body.type.value))
    return CreateAttributeResponse(name=created.name, object="attribute", created=True, data=_full(created))


@operations.get("/lists/{list_id}/custom-attributes/{name}", "Show a custom attribute")
def get_custom_attribute(
    caller: Reader, attributes: Attributes, list_id: ListId, name: AttributeName
) -> CustomAttributeResponse:
    """Return one custom attribute by its name."""
    return CustomAttributeResponse(data=_full(attributes.get(caller.account_id, list_id, name)))


@operations.patch("/lists/{list_id}/custom-attributes/{name}", "Define the values of a custom attribute")
def patch_custom_attribute(
    caller: Writer, attributes: Attributes, list_id: ListId, name: AttributeName, body: PatchCustomAttribute
) -> PatchCustomAttributeResponse:
    """Define the values that the Kasplo API accepts for a custom attribute; missing members keep their values.

    The Kasplo API uses the definition of the oldest list with an attribute of this name. Values of other APIs are only
    checked against the type. Refused with 400: options without the format choice or a choice without options, an invalid
    default, and a format that does not fit the type.
    """
    changes = body.model_dump(exclude_none=True)
    if body.options is not None:
        changes["options"] = tuple(body.options)
    if body.format is not None:
        changes["format"] = AttributeFormat(body.format.value)
    changed = attributes.change(caller.account_id, list_id, name, changes)
    data = DefinedAttributeResponse.model_validate(changed, from_attributes=True)
    return PatchCustomAttributeResponse(name=changed.name, object="attribute", updated=True, data=data)


@operations.delete("/lists/{list_id}/custom-attributes/{name}", "Delete a custom attribute")
def delete_custom_attribute(
    caller: Writer, deletions: Deletions, list_id: ListId, name: AttributeName
) -> DeleteCustomAttributeResponse:
    """Delete a custom attribute and its values.

    Refused with 400 while a segment uses it, or mail is being sent to such a segment.
    """
    deletions.delete_attribute(caller.account_id, list_id, name)
    return DeleteCustomAttributeResponse(name=name, object="attribute", deleted=True)
