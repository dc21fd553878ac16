"""Audience over the Kasplo API: /audience/v1/{sid}."""

from typing import Annotated

from functions.compat.kasplo import schemas
from functions.compat.kasplo.auth import KASPLO
from functions.compat.kasplo.errors import TAG_ERRORS
from functions.compat.kasplo.schemas import Activity, Name, Page, PageSize, Sid, Status
from functions.compat.kasplo.translate import (
    FIELD_TYPES,
    NAMES,
    SUCCESS,
    address_of,
    page_of,
    reason_of,
    row_of,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.imports.rows import Mode
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.moments import iso_z
from postrider.kit.wire_ids import hex32, of_hex

operations = Operations("Audience", KASPLO)
ListReader = Annotated[Caller, Depends(KASPLO.needs("lists:read"))]
FieldReader = Annotated[Caller, Depends(KASPLO.needs("attributes:read"))]
TagReader = Annotated[Caller, Depends(KASPLO.needs("tags:read"))]
ContactWriter = Annotated[Caller, Depends(KASPLO.needs("contacts:write"))]
LIST_STATUSES = {Activity.ACTIVE: "active", Activity.INACTIVE: "archived"}


@operations.get("/audience/v1/{sid}/list", "List the lists of the account")
def getLists(  # noqa: N802  # the operation id
    caller: ListReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.ListPage:
    shown = status or Activity.ACTIVE
    matching = [row for row in bootstrap.lists().all(caller.account_id) if row.status == LIST_STATUSES[shown]]
    items, total = page_of(matching, name=name, page=page, size=page_size)
    data = [
        schemas.ListItem(
            name=contact_list.name,
            list_id=hex32(contact_list.id),
            status=shown,
            created_at=iso_z(contact_list.created_at),
            updated_at=iso_z(contact_list.updated_at),
        )
        for contact_list in items
    ]
    return schemas.ListPage(data=data, error={}, limit=page_size, message=SUCCESS, status=200, total=total)


@operations.get("/audience/v1/{sid}/custom-field", "List the custom fields of the account")
def getCustomFields(  # noqa: N802
    caller: FieldReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.CustomFieldPage:
    """Return a page of the custom fields, all of which are active."""
    list_ids = {contact_list.id for contact_list in bootstrap.lists().all(caller.account_id)}
    attributes = bootstrap.attributes().of_lists(caller.account_id, list_ids) if status != Activity.INACTIVE else []
    fields = [attribute for attribute in attributes if attribute.name not in NAMES]
    items, total = page_of(fields, name=name, page=page, size=page_size)
    data = [
        schemas.CustomField.model_validate(
            {
                "name": attribute.name,
                "custom_id": hex32(attribute.id),
                "type": FIELD_TYPES[attribute.format],
                "values": ",".join(attribute.options),
                "status": Activity.ACTIVE,
                "created_at": iso_z(attribute.created_at),
                "updated_at": iso_z(attribute.updated_at),
                "required": int(attribute.required),
                "default": attribute.default,
            }
        )
        for attribute in items
    ]
    return schemas.CustomFieldPage(data=data, error={}, limit=page_size, message=SUCCESS, status=200, total=total)


@operations.get("/audience/v1/{sid}/tag", "List the tags of the account", errors=(), responses=TAG_ERRORS)
def getTags(  # noqa: N802
    caller: TagReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.TagPage:
    """Return a page of the tags that are active, or of those that are not."""
    is_active = status != Activity.INACTIVE
    tags = [group for group in bootstrap.groups().all(caller.account_id) if group.active == is_active]
    items, total = page_of(tags, name=name, page=page, size=page_size)
    data = [
        schemas.Tag(
            tag_id=hex32(group.id),
            name=group.name,
            status=Activity.ACTIVE if group.active else Activity.INACTIVE,
            created_at=iso_z(group.created_at),
            modified_at=iso_z(group.updated_at),
        )
        for group in items
    ]
    return schemas.TagPage(data=data, limit=page_size, message="Success", status=True, statuscode=200, total=total)


@operations.post(
    "/audience/v1/{sid}/contact", "Create or update up to 100 contacts", status=202, errors=(400, 401, 404, 429)
)
def createContacts(caller: ContactWriter, sid: Sid, body: schemas.ContactBatch) -> schemas.ContactResult:  # noqa: N802
    """Contacts are written within seconds. A contact that has left is updated and stays away."""
    account_id = caller.account_id
    list_id = _active_list(account_id, body.list_id)
    groups = _groups(account_id, body.tags or [])
    imports = bootstrap.row_imports()
    definitions = imports.definitions(account_id, list_id)
    refused: dict[int, tuple[str, str | None]] = {}
    rows = {}
    for position, contact in enumerate(body.data):
        try:
            rows[position] = row_of(contact, definitions)
        except Invalid as exc:
            refused[position] = exc.code, str(exc.field[0])
    mode = Mode.BOTH if body.update_subscribers else Mode.NEW_ONLY
    positions = list(rows)
    for row in imports.start(account_id, list_id, list(rows.values()), definitions, mode=mode, groups=groups):
        refused[positions[row.number]] = row.code, row.field
    valid = [contact for position, contact in enumerate(body.data) if position not in refused]
    invalid = [
        schemas.InvalidContact.model_validate(
            body.data[position].model_dump()
            | {"email": address_of(body.data[position]), "string": reason_of(code, field, definitions)}
        )
        for position, (code, field) in sorted(refused.items())
    ]
    data = schemas.ContactResult.Contacts(
        valid_contacts=valid, invalid_contacts=invalid, total_valid=len(valid), total_invalid=len(invalid)
    )
    return schemas.ContactResult(status=202, message=SUCCESS, data=data, error={})


def _active_list(account_id: str, text: str) -> int:
    contact_list = bootstrap.lists().get(account_id, of_hex(text, 32, field="list_id"))
    if contact_list.status != LIST_STATUSES[Activity.ACTIVE]:
        raise NotFound("The list is archived.", code="list_archived", field="list_id")
    return contact_list.id


def _groups(account_id: str, tag_ids: list[str]) -> frozenset[int]:
    """Return the ids of active tags. Raises NotFound when there is no active tag with one of the ids."""
    ids = {text: of_hex(text, 32, field="tags") for text in tag_ids}
    active = {group.id for group in bootstrap.groups().many(account_id, ids.values()) if group.active}
    unknown = next((text for text, group_id in ids.items() if group_id not in active), None)
    if unknown is not None:
        raise NotFound(f"There is no tag with the id {unknown[:80]!r}.", code="tag_not_found", field="tags")
    return frozenset(active)
