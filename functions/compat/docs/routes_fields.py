"""Merge fields over the Docs API: /3.0/lists/{list_id}/merge-fields. A merge field is a custom attribute."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.compat.docs import schemas_fields as schemas
from functions.compat.docs.auth import DOCS
from functions.compat.docs.fields import changes_of, definition_of, presentation_of, rendered_fields
from functions.compat.docs.links import Here, Links
from functions.compat.docs.operations import Count, DocsOperations, Offset, Partial, page_of
from functions.compat.docs.schemas_fields import MergeFieldWrite, MergeId
from functions.compat.docs.schemas_lists import ListId
from functions.compat.docs.translate import list_id_of
from postrider import bootstrap
from postrider.http import Caller, Depends

operations = DocsOperations("Fields")
Reader = Annotated[Caller, Depends(DOCS.needs("attributes:read"))]
Writer = Annotated[Caller, Depends(DOCS.needs("attributes:write"))]


@operations.get("/3.0/lists/{list_id}/merge-fields", "List merge fields", errors=(400, 401, 404, 422))
def getMergeFields(  # noqa: N802  # the operation id
    caller: Reader,
    here: Here,
    list_id: ListId,
    partial: Partial,
    count: Count = 10,
    offset: Offset = 0,
    type: Annotated[str | None, Query(description="Only fields of this type.")] = None,
    required: Annotated[bool | None, Query(description="Only required fields, or only others.")] = None,
) -> schemas.MergeFields:
    """Return a page of the merge fields of an audience in their order. The address is no merge field."""
    number = list_id_of(list_id)
    fields = [
        field
        for field in rendered_fields(bootstrap.attributes().all(caller.account_id, number), here)
        if type in (None, "", field["type"]) and required in (None, field["required"])
    ]
    path = f"/lists/{list_id}"
    return schemas.MergeFields.model_validate(
        {
            "merge_fields": page_of(fields, count, offset),
            "total_items": len(fields),
            "list_id": number,
            "_links": [
                here.link("self", "GET", f"{path}/merge-fields", answer="MergeFields"),
                here.link("parent", "GET", path, answer="List"),
                here.link("create", "POST", f"{path}/merge-fields", answer="MergeField", body="MergeFieldWrite"),
            ],
        }
    )


@operations.post("/3.0/lists/{list_id}/merge-fields", "Add a merge field")
def addMergeField(  # noqa: N802
    caller: Writer, here: Here, list_id: ListId, body: MergeFieldWrite
) -> schemas.MergeField:
    """Add a merge field. Without a tag it gets one with its id: MMERGE12."""
    number, attributes = list_id_of(list_id), bootstrap.attributes()
    presentation = presentation_of(body, attributes.all(caller.account_id, number))
    created = attributes.define(caller.account_id, number, definition_of(body), presentation)
    return _field(caller.account_id, number, created.id, here)


@operations.patch("/3.0/lists/{list_id}/merge-fields/{merge_id}", "Change a merge field")
def updateMergeField(  # noqa: N802
    caller: Writer, here: Here, list_id: ListId, merge_id: MergeId, body: MergeFieldWrite
) -> schemas.MergeField:
    """Change a merge field; missing members, and the type, do not change."""
    number, attributes = list_id_of(list_id), bootstrap.attributes()
    attribute = attributes.by_id(caller.account_id, number, merge_id)
    attributes.change(caller.account_id, number, attribute.name, changes_of(body, attribute))
    return _field(caller.account_id, number, merge_id, here)


@operations.delete("/3.0/lists/{list_id}/merge-fields/{merge_id}", "Delete a merge field and its values", status=204)
def deleteMergeField(caller: Writer, list_id: ListId, merge_id: MergeId) -> None:  # noqa: N802
    """Delete a merge field. Refused while a segment uses it."""
    number = list_id_of(list_id)
    attribute = bootstrap.attributes().by_id(caller.account_id, number, merge_id)
    bootstrap.label_deletion().delete_attribute(caller.account_id, number, attribute.name)


def _field(account_id: str, list_id: int, merge_id: int, here: Links) -> schemas.MergeField:
    fields = rendered_fields(bootstrap.attributes().all(account_id, list_id), here)
    return schemas.MergeField.model_validate(next(field for field in fields if field["merge_id"] == merge_id))
