"""Audiences over the Docs API: /3.0/lists. An audience is a list of the account."""

from datetime import timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.compat.docs import schemas_lists as schemas
from functions.compat.docs.auth import DOCS
from functions.compat.docs.links import Here, Links
from functions.compat.docs.operations import Count, DocsOperations, IfNoneMatch, Offset, Partial, page_of
from functions.compat.docs.render_lists import activity_day, rendered_list
from functions.compat.docs.schemas_lists import ListId, SortDirection, SortField, TotalContacts, settings_of
from functions.compat.docs.translate import list_id_of
from postrider import bootstrap
from postrider.contacts.address import parse
from postrider.http import Caller, Depends
from postrider.http.query import QueryMoment
from postrider.kit.clock import unix
from postrider.kit.wire_ids import hex10
from postrider.lists.model import ContactList
from postrider.lists.service import MAX_LISTS

operations = DocsOperations("Audiences")
Reader = Annotated[Caller, Depends(DOCS.needs("lists:read"))]
Writer = Annotated[Caller, Depends(DOCS.needs("lists:write"))]
ACTIVITY = timedelta(days=180)
CreatedBefore = Annotated[QueryMoment | None, Query(description="Only audiences created before this moment.")]
CreatedSince = Annotated[QueryMoment | None, Query(description="Only audiences created at this moment or later.")]


@operations.get("/3.0/lists", "List audiences", errors=(400, 401, 422))
def getLists(  # noqa: N802  # the operation id
    caller: Reader,
    here: Here,
    partial: Partial,
    count: Count = 10,
    offset: Offset = 0,
    before_date_created: CreatedBefore = None,
    since_date_created: CreatedSince = None,
    email: Annotated[str | None, Query(description="Only audiences that hold this address.")] = None,
    sort_field: SortField = None,
    sort_dir: SortDirection = None,
    has_ecommerce_store: Annotated[bool | None, Query(description="No audience has a store.")] = None,
    include_total_contacts: TotalContacts = None,
    if_none_match: IfNoneMatch = None,
) -> schemas.Lists:
    """Return a page of the audiences of the account, the oldest first."""
    lists = bootstrap.lists().all(caller.account_id)
    chosen = [
        contact_list
        for contact_list in ([] if has_ecommerce_store else lists)
        if (before_date_created is None or contact_list.created_at < before_date_created)
        and (since_date_created is None or contact_list.created_at >= since_date_created)
    ]
    if email:
        chosen = _holding(caller.account_id, chosen, email)
    if sort_dir == "DESC":
        chosen.reverse()
    page = page_of(chosen, count, offset)
    return schemas.Lists.model_validate(
        {
            "lists": _rendered(caller.account_id, page, here, with_total=bool(include_total_contacts)),
            "total_items": len(chosen),
            "constraints": {
                "may_create": len(lists) < MAX_LISTS,
                "max_instances": MAX_LISTS,
                "current_total_instances": len(lists),
            },
            "_links": [
                here.link("self", "GET", "/lists", answer="Lists"),
                here.link("parent", "GET", "/", answer="Root"),
                here.link("create", "POST", "/lists", answer="List", body="ListWrite"),
            ],
        }
    )


@operations.post("/3.0/lists", "Create an audience")
def createList(caller: Writer, here: Here, body: schemas.ListWrite) -> schemas.List:  # noqa: N802
    """Create an audience with the merge fields FNAME, LNAME, ADDRESS and PHONE. Creating it accepts its policy."""
    settings = settings_of(body)
    created = bootstrap.standard_list_creation().create(caller.account_id, name=body.name, settings=settings)
    return _full(created, here)


@operations.get("/3.0/lists/{list_id}", "Get an audience", errors=(400, 401, 404, 422))
def getList(  # noqa: N802
    caller: Reader,
    here: Here,
    list_id: ListId,
    partial: Partial,
    include_total_contacts: TotalContacts = None,
    if_none_match: IfNoneMatch = None,
) -> schemas.List:
    """Return an audience with its counters."""
    contact_list = bootstrap.lists().get(caller.account_id, list_id_of(list_id))
    return _full(contact_list, here, with_total=bool(include_total_contacts))


@operations.patch("/3.0/lists/{list_id}", "Change an audience")
def updateList(caller: Writer, here: Here, list_id: ListId, body: schemas.ListPatch) -> schemas.List:  # noqa: N802
    """Change an audience; missing members do not change."""
    settings = settings_of(body)
    changes: dict[str, Any] = {"name": body.name} if body.name else {}
    changes |= {"settings": settings} if settings else {}
    return _full(bootstrap.lists().change(caller.account_id, list_id_of(list_id), changes), here)


@operations.delete("/3.0/lists/{list_id}", "Delete an audience with its members", status=204)
def deleteList(caller: Writer, list_id: ListId) -> None:  # noqa: N802
    """Delete an audience. Its members are deleted in the background; reports of its campaigns are kept."""
    bootstrap.list_lifecycle().delete(caller.account_id, list_id_of(list_id))


@operations.get("/3.0/lists/{list_id}/activity", "Show the daily activity of an audience", errors=(400, 401, 404, 422))
def getListActivity(  # noqa: N802
    caller: Reader, here: Here, list_id: ListId, partial: Partial, count: Count = 10, offset: Offset = 0
) -> schemas.ListActivity:
    """Return the totals of the last 180 days (UTC), the latest first, since the audience was created."""
    contact_list = bootstrap.lists().get(caller.account_id, list_id_of(list_id))
    start = max(contact_list.created_at, bootstrap.clock()() - ACTIVITY)
    days = bootstrap.period_reports().list_series(caller.account_id, contact_list.id, start_time=unix(start))
    days.reverse()
    path = f"/lists/{hex10(contact_list.id)}"
    return schemas.ListActivity.model_validate(
        {
            "activity": [activity_day(step) for step in page_of(days, count, offset)],
            "list_id": contact_list.id,
            "total_items": len(days),
            "_links": [
                here.link("self", "GET", f"{path}/activity", answer="ListActivity"),
                here.link("parent", "GET", path, answer="List"),
            ],
        }
    )


def _holding(account_id: str, lists: list[ContactList], email: str) -> list[ContactList]:
    """Return those of the lists that have a contact with this address. Raises Invalid for a text that is no address."""
    list_ids = [contact_list.id for contact_list in lists]
    contacts = bootstrap.contacts().of_address(account_id, list_ids, parse(email).canonical)
    holding = {contact.list_id for contact in contacts}
    return [contact_list for contact_list in lists if contact_list.id in holding]


def _rendered(account_id: str, lists: list[ContactList], here: Links, *, with_total: bool) -> list[dict[str, Any]]:
    figures = bootstrap.list_figures().of_each(account_id, [contact_list.id for contact_list in lists])
    return [rendered_list(row, figures[row.id], here, with_total=with_total) for row in lists]


def _full(contact_list: ContactList, here: Links, *, with_total: bool = False) -> schemas.List:
    figures = bootstrap.list_figures().of_each(contact_list.account_id, [contact_list.id])[contact_list.id]
    merge_fields = len(bootstrap.attributes().all(contact_list.account_id, contact_list.id))
    rendered = rendered_list(contact_list, figures, here, with_total=with_total, merge_fields=merge_fields)
    return schemas.List.model_validate(rendered)
