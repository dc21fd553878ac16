"""Audience over the Kasplo API: /audience/v1/{sid}."""

from typing import Annotated, Any

from functions.compat.kasplo import schemas
from functions.compat.kasplo.auth import KASPLO
from functions.compat.kasplo.errors import TAG_ERRORS
from functions.compat.kasplo.schemas import Activity, PageSize, Status
from functions.compat.kasplo.translate import LIST_STATUSES, NAMES, SUCCESS, TAG_SUCCESS, custom_field, reason_of
from postrider import bootstrap
from postrider.groups.model import Group
from postrider.http import Caller, Depends, Operations
from postrider.http.credentials import PublicHalf as Sid
from postrider.http.named_pages import Name, Page, page_of
from postrider.imports.rows import RowMode, SentRow
from postrider.kit.wire_ids import of_hex

operations = Operations("Audience", KASPLO)
ListReader = Annotated[Caller, Depends(KASPLO.needs("lists:read"))]
FieldReader = Annotated[Caller, Depends(KASPLO.needs("attributes:read"))]
TagReader = Annotated[Caller, Depends(KASPLO.needs("tags:read"))]
ContactWriter = Annotated[Caller, Depends(KASPLO.needs("contacts:write"))]


@operations.get("/audience/v1/{sid}/list", "List the lists of the account")
def getLists(  # noqa: N802  # the operation id
    caller: ListReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.PageOf[schemas.ListItem]:
    """Return a page of the active lists, or of the archived lists."""
    activity = status or Activity.ACTIVE
    lists = [row for row in bootstrap.lists().all(caller.account_id) if row.status == LIST_STATUSES[activity]]
    data = page_of(lists, lambda row: {"list_id": row.id, "status": activity}, name=name, page=page, per_page=page_size)
    return schemas.PageOf[schemas.ListItem].model_validate(SUCCESS | {"status": 200} | data)


@operations.get("/audience/v1/{sid}/custom-field", "List the custom fields of the account")
def getCustomFields(  # noqa: N802
    caller: FieldReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.PageOf[schemas.CustomField]:
    """Return a page of the custom fields, all of which are active."""
    attributes = bootstrap.attributes().of_account(caller.account_id) if status != Activity.INACTIVE else []
    fields = [attribute for attribute in attributes if attribute.name not in NAMES]
    data = page_of(fields, custom_field, name=name, page=page, per_page=page_size)
    return schemas.PageOf[schemas.CustomField].model_validate(SUCCESS | {"status": 200} | data)


@operations.get("/audience/v1/{sid}/tag", "List the tags of the account", error_models=TAG_ERRORS)
def getTags(  # noqa: N802
    caller: TagReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.TagPage:
    """Return a page of the active tags, or of the archived tags."""
    activity = status or Activity.ACTIVE
    tags = [tag for tag in bootstrap.groups().all(caller.account_id) if tag.active == (activity == Activity.ACTIVE)]

    def shown(tag: Group) -> dict[str, Any]:
        return {"tag_id": tag.id, "status": activity, "modified_at": tag.updated_at}

    data = page_of(tags, shown, name=name, page=page, per_page=page_size)
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
