"""Audience over the Kasplo API: /audience/v1/{sid}."""

from typing import Annotated

from functions.compat.kasplo.auth import KASPLO
from functions.compat.kasplo.schemas import Activity, ListItem, ListPage, Name, Page, PageSize, Sid, Status
from functions.compat.kasplo.translate import SUCCESS, page_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.kit.moments import iso_z
from postrider.kit.wire_ids import hex32
from postrider.lists.service import ListService

operations = Operations("Audience", KASPLO)
Lists = Annotated[ListService, Depends(bootstrap.lists)]
ListReader = Annotated[Caller, Depends(KASPLO.needs("lists:read"))]


@operations.get("/audience/v1/{sid}/list", "List the lists of the account")
def getLists(  # noqa: N802  # the operation id
    caller: ListReader,
    lists: Lists,
    sid: Sid,
    page_size: PageSize = 10,
    page: Page = 1,
    name: Name = None,
    status: Status = None,
) -> ListPage:
    shown = status or Activity.ACTIVE
    wanted = {Activity.ACTIVE: "active", Activity.INACTIVE: "archived"}[shown]
    with_status = (contact_list for contact_list in lists.all(caller.account_id) if contact_list.status == wanted)
    items, total = page_of(with_status, name=name, page=page, size=page_size)
    data = [
        ListItem(
            name=contact_list.name,
            list_id=hex32(contact_list.id),
            status=shown,
            created_at=iso_z(contact_list.created_at),
            updated_at=iso_z(contact_list.updated_at),
        )
        for contact_list in items
    ]
    return ListPage(data=data, error={}, limit=page_size, message=SUCCESS, status=200, total=total)
