"""Audience over the Kasplo API: /audience/v1/{sid}."""

from typing import Annotated

from functions.compat.kasplo import schemas
from functions.compat.kasplo.auth import KASPLO, TAG_ERRORS
from functions.compat.kasplo.schemas import Activity, Listing
from functions.compat.kasplo.translate import LIST_STATUSES, NAMES, SUCCESS, TAG_SUCCESS, custom_field, reason_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.credentials import PublicHalf as Sid
from postrider.imports.row_imports import RowMode, SentRow
from postrider.kit.wire_ids import of_hex

operations = Operations("Audience", KASPLO)
ListReader = Annotated[Caller, Depends(KASPLO.needs("lists:read"))]
FieldReader = Annotated[Caller, Depends(KASPLO.needs("attributes:read"))]
TagReader = Annotated[Caller, Depends(KASPLO.needs("tags:read"))]
ContactWriter = Annotated[Caller, Depends(KASPLO.needs("contacts:write"))]


@operations.get("/audience/v1/{sid}/list", "List the lists of the account")
def getLists(caller: ListReader, sid: Sid, request: Listing) -> schemas.PageOf[schemas.ListItem]:  # noqa: N802  # the id
    """Return a page of the active lists, or of the archived lists."""
    lists = [row for row in bootstrap.lists().all(caller.account_id) if row.status == LIST_STATUSES[request.activity]]
    data = request.page_of(lists, lambda row: {"list_id": row.id, "status": request.activity})
    return schemas.PageOf[schemas.ListItem].model_validate(SUCCESS | {"status": 200} | data)


@operations.get("/audience/v1/{sid}/custom-field", "List the custom fields of the account")
def getCustomFields(caller: FieldReader, sid: Sid, request: Listing) -> schemas.PageOf[schemas.CustomField]:  # noqa: N802
    """Return a page of the custom fields, all of which are active."""
    attributes = bootstrap.attributes().of_account(caller.account_id) if request.activity == Activity.ACTIVE else []
    data = request.page_of([attribute for attribute in attributes if attribute.name not in NAMES], custom_field)
    return schemas.PageOf[schemas.CustomField].model_validate(SUCCESS | {"status": 200} | data)


@operations.get("/audience/v1/{sid}/tag", "List the tags of the account", error_models=TAG_ERRORS)
def getTags(caller: TagReader, sid: Sid, request: Listing) -> schemas.TagPage:  # noqa: N802
    """Return a page of the active tags, or of the archived tags."""
    is_active = request.activity == Activity.ACTIVE
    tags = [tag for tag in bootstrap.groups().all(caller.account_id) if tag.active == is_active]
    data = request.page_of(
        tags, lambda tag: {"tag_id": tag.id, "status": request.activity, "modified_at": tag.updated_at}
    )
    return schemas.TagPage.model_validate(TAG_SUCCESS | data)


@operations.post(
    "/audience/v1/{sid}/contact", "Create or update up to 100 contacts", status=202, errors=(400, 401, 403, 404, 429)
)
def createContacts(caller: ContactWriter, sid: Sid, body: schemas.ContactBatch) -> schemas.ContactResult:  # noqa: N802
    """Create or update contacts, which are written within seconds. An unsubscribed contact is updated, and stays unsubscribed."""
    list_id = of_hex(body.list_id, 32, field="list_id")
    tag_ids = [of_hex(tag_id, 32, field=("tags", position)) for position, tag_id in enumerate(body.tags or [])]
    bootstrap.lists().active(caller.account_id, list_id, field="list_id")
    groups = bootstrap.groups().active(caller.account_id, tag_ids, field="tags")
    rows = [
        SentRow(email=row.email, values={name: getattr(row, name) for name in NAMES} | (row.custom_fields or {}))
        for row in body.data
    ]
    mode = RowMode.BOTH if body.update_subscribers else RowMode.NEW_ONLY
    refused = bootstrap.row_imports().start(caller.account_id, list_id, rows, mode=mode, groups=groups)
    reasons = {row.number: reason_of(row) for row in refused}
    sent = list(enumerate(row.model_dump() for row in body.data))
    data = {
        "valid_contacts": [contact for number, contact in sent if number not in reasons],
        "invalid_contacts": [contact | {"string": reasons[number]} for number, contact in sent if number in reasons],
        "total_valid": len(sent) - len(reasons),
        "total_invalid": len(reasons),
    }
    return schemas.ContactResult.model_validate(SUCCESS | {"status": 202, "data": data})
