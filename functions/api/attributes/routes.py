"""Custom attributes over HTTP: /lists/{list_id}/custom-attributes."""

from typing import Annotated

from functions.api.attributes.schemas import (
    CreateAttributeResponse,
    CreateCustomAttribute,
    CustomAttributeFullResponse,
    CustomAttributeResponse,
    CustomAttributesResponse,
    CustomAttributeType,
    DeleteCustomAttributeResponse,
)
from postrider import bootstrap
from postrider.attributes.model import Attribute, AttributeType
from postrider.attributes.service import AttributeService
from postrider.http import Caller, Depends, Operations, needs
from postrider.http.listing import listing
from postrider.http.wire import AttributeName, ListId, Page, PerPage, WithCount
from postrider.usecases.delete_names import DeleteNames

operations = Operations("Custom Attribute")
Attributes = Annotated[AttributeService, Depends(bootstrap.attributes)]
Deletions = Annotated[DeleteNames, Depends(bootstrap.delete_names)]
Reader = Annotated[Caller, Depends(needs("attributes:read"))]
Writer = Annotated[Caller, Depends(needs("attributes:write"))]


def _full(attribute: Attribute) -> CustomAttributeFullResponse:
    return CustomAttributeFullResponse(name=attribute.name, type=CustomAttributeType(attribute.type.value))


@operations.get("/lists/{list_id}/custom-attributes", "List custom attributes")
def list_custom_attributes(
    caller: Reader,
    attributes: Attributes,
    list_id: ListId,
    page: Page = 1,
    per_page: PerPage = 50,
    with_count: WithCount = False,
) -> CustomAttributesResponse:
    found = attributes.all(caller.account_id, list_id)
    pagination, items = listing(found, page=page, per_page=per_page, with_count=with_count)
    return CustomAttributesResponse(pagination=pagination, data=[_full(attribute) for attribute in items])


@operations.post("/lists/{list_id}/custom-attributes", "Create a custom attribute", status=201)
def create_custom_attribute(
    caller: Writer, attributes: Attributes, list_id: ListId, body: CreateCustomAttribute
) -> CreateAttributeResponse:
    created = attributes.create(caller.account_id, list_id, name=body.name, kind=AttributeType(body.type.value))
    return CreateAttributeResponse(name=created.name, object="attribute", created=True, data=_full(created))


@operations.get("/lists/{list_id}/custom-attributes/{name}", "Show a custom attribute")
def get_custom_attribute(
    caller: Reader, attributes: Attributes, list_id: ListId, name: AttributeName
) -> CustomAttributeResponse:
    return CustomAttributeResponse(data=_full(attributes.get(caller.account_id, list_id, name)))


@operations.delete("/lists/{list_id}/custom-attributes/{name}", "Delete a custom attribute")
def delete_custom_attribute(
    caller: Writer, deletions: Deletions, list_id: ListId, name: AttributeName
) -> DeleteCustomAttributeResponse:
    deletions.delete_attribute(caller.account_id, list_id, name)
    return DeleteCustomAttributeResponse(name=name, object="attribute", deleted=True)
