"""Audience over the Kasplo API: /audience/v1/{sid}."""

from typing import Annotated, Any

from functions.compat.kasplo import schemas
from functions.compat.kasplo.auth import KASPLO
from functions.compat.kasplo.errors import TAG_ERRORS
from functions.compat.kasplo.schemas import Activity, Name, Page, PageSize, Sid, Status
from functions.compat.kasplo.translate import FIELD_TYPES, LIST_STATUSES, NAMES, SUCCESS, TAG_SUCCESS, reason_of
from postrider import bootstrap
from postrider.attributes.model import Attribute
from postrider.groups.model import Group
from postrider.http import Caller, Depends, Operations
from postrider.imports.rows import Mode, SentRow
from postrider.kit.listing import named_page
from postrider.kit.wire_ids import of_hex
from postrider.lists.model import ContactList

operations = Operations("Audience", KASPLO)
ListReader = Annotated[Caller, Depends(KASPLO.needs("lists:read"))]
FieldReader = Annotated[Caller, Depends(KASPLO.needs("attributes:read"))]
TagReader = Annotated[Caller, Depends(KASPLO.needs("tags:read"))]
ContactWriter = Annotated[Caller, Depends(KASPLO.needs("contacts:write"))]


@operations.get("/audience/v1/{sid}/list", "List the lists of the account")
def getLists(  # noqa: N802  # the operation id
    caller: ListReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.ListPage:
    shown = status or Activity.ACTIVE

    def item(contact_list: ContactList) -> dict[str, Any]:
        return vars(contact_list) | {"list_id": contact_list.id, "status": shown}

    lists = [row for row in bootstrap.lists().all(caller.account_id) if row.status == LIST_STATUSES[shown]]
    items, total = named_page(lists, name, page=page, per_page=page_size)
    data = {"data": list(map(item, items)), "limit": page_size, "total": total}
    return schemas.ListPage.model_validate(SUCCESS | {"status": 200} | data)


@operations.get("/audience/v1/{sid}/custom-field", "List the custom fields of the account")
def getCustomFields(  # noqa: N802
    caller: FieldReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.CustomFieldPage:
    """Return a page of the custom fields, all of which are active."""

    def item(attribute: Attribute) -> dict[str, Any]:
        return vars(attribute) | {
            "custom_id": attribute.id,
            "type": FIELD_TYPES[attribute.format],
            "values": ",".join(attribute.options),
            "status": Activity.ACTIVE,
            "required": int(attribute.required),
        }

    attributes = bootstrap.attributes().of_account(caller.account_id) if status != Activity.INACTIVE else []
    fields = [attribute for attribute in attributes if attribute.name not in NAMES]
    items, total = named_page(fields, name, page=page, per_page=page_size)
    data = {"data": list(map(item, items)), "limit": page_size, "total": total}
    return schemas.CustomFieldPage.model_validate(SUCCESS | {"status": 200} | data)


@operations.get("/audience/v1/{sid}/tag", "List the tags of the account", error_models=TAG_ERRORS)
def getTags(  # noqa: N802
    caller: TagReader, sid: Sid, page_size: PageSize = 10, page: Page = 1, name: Name = None, status: Status = None
) -> schemas.TagPage:
    """Return a page of the tags that are active, or of those that are not."""
    shown = status or Activity.ACTIVE

    def item(group: Group) -> dict[str, Any]:
        return vars(group) | {"tag_id": group.id, "status": shown, "modified_at": group.updated_at}

    tags = [group for group in bootstrap.groups().all(caller.account_id) if group.active == (shown == Activity.ACTIVE)]
    items, total = named_page(tags, name, page=page, per_page=page_size)
    data = {"data": list(map(item, items)), "limit": page_size, "total": total}
    return schemas.TagPage.model_validate(TAG_SUCCESS | data)


@operations.post(
    "/audience/v1/{sid}/contact", "Create or update up to 100 contacts", status=202, errors=(400, 401, 403, 404, 429)
)
def createContacts(caller: ContactWriter, sid: Sid, body: schemas.ContactBatch) -> schemas.ContactResult:  # noqa: N802
    """Contacts are written within seconds. A contact that has left is updated and stays away."""
    account_id = caller.account_id
    list_id = of_hex(body.list_id, 32, field="list_id")
    tag_ids = [of_hex(tag_id, 32, field=("tags", position)) for position, tag_id in enumerate(body.tags or [])]
    bootstrap.lists().active(account_id, list_id, field="list_id")
    groups = bootstrap.groups().active(account_id, tag_ids, field="tags")
    rows = [
        SentRow(
            email=contact.email, values={name: getattr(contact, name) for name in NAMES} | (contact.custom_fields or {})
        )
        for contact in body.data
    ]
    mode = Mode.BOTH if body.update_subscribers else Mode.NEW_ONLY
    refused = bootstrap.row_imports().start(account_id, list_id, rows, mode=mode, groups=groups)
    reasons = {row.number: reason_of(row) for row in refused}
    sent = [contact.model_dump() for contact in body.data]
    valid = [contact for number, contact in enumerate(sent) if number not in reasons]
    invalid = [sent[number] | {"string": reason} for number, reason in reasons.items()]
    data = {
        "valid_contacts": valid,
        "invalid_contacts": invalid,
        "total_valid": len(valid),
        "total_invalid": len(invalid),
    }
    return schemas.ContactResult.model_validate(SUCCESS | {"status": 202, "data": data})
