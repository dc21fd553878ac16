"""Lists over HTTP: /lists."""

from typing import Annotated, Any

from functions.api.audience.schemas_lists import (
    AcceptListPolicyResponse,
    ArchiveListResponse,
    CreateList,
    CreateListResponse,
    DeleteListResponse,
    ListFullResponse,
    ListResponse,
    ListsResponse,
    ListSummaryResponse,
    PatchListResponse,
    UnarchiveListResponse,
    UpdateList,
)
from postrider import bootstrap
from postrider.content.links import FORM_PATH
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import Filter, ListId, Sort
from postrider.kit.clock import unix
from postrider.lists.model import ContactList, ListView
from postrider.lists.service import ListService
from postrider.usecases.list_webhooks import ListWebhooks

operations = Operations("List", MAIN)
Lists = Annotated[ListService, Depends(bootstrap.lists)]
Changes = Annotated[ListWebhooks, Depends(bootstrap.list_webhooks)]
Reader = Annotated[Caller, Depends(needs("lists:read"))]
Writer = Annotated[Caller, Depends(needs("lists:write"))]
NO_REDIRECTIONS = dict.fromkeys(("after_opt_in", "after_double_opt_in", "after_opt_out"))
FILTERS = ("status", "name")
SORTS = {"name": "name", "created_on": "created_at"}


def _summary(view: ListView) -> dict[str, Any]:
    contact_list, sender = view.contact_list, view.sender
    return {
        "id": contact_list.id,
        "name": contact_list.name,
        "status": contact_list.status,
        "language": contact_list.language,
        "created_on": unix(contact_list.created_at),
        "default_sender": {"name": sender and sender.name, "email": sender and sender.email},
    }


def _pages(contact_list: ContactList) -> dict[str, str | None]:
    """Return the sign-up page of the list; the other pages belong to a contact, whose mails link to them."""
    form = bootstrap.forms().find_signup_form(contact_list)
    subscribe = None if form is None else f"{bootstrap.public_base_url()}/{FORM_PATH}/{form.id}"
    return {"opt_in": None, "opt_out": None, "subscribe": subscribe, "unsubscribe": None}


def _full(contact_list: ContactList) -> ListFullResponse:
    return ListFullResponse.model_validate(
        {
            **_summary(bootstrap.lists().view(contact_list)),
            "policy_accepted": contact_list.policy_accepted,
            "redirections": {**NO_REDIRECTIONS, **contact_list.redirections},
            "pages": _pages(contact_list),
            "webhook": {"url": None, "actions": None, **contact_list.webhook},
        }
    )


CLEARED_BY_NULL = {"redirections", "webhook"}


def _settings(body: CreateList | UpdateList) -> dict[str, Any]:
    """Return the settings in the body with the names of the domain. Null clears nested values only."""
    values = body.model_dump(mode="json", exclude_unset=True)
    sender = values.pop("default_sender", None)
    settings = {name: value for name, value in values.items() if value is not None}
    return settings | ({"default_sender_id": sender["id"]} if sender else {})


@operations.get("/lists", "List lists")
def list_lists(
    caller: Reader, lists: Lists, paging: PageRequest, filter_text: Filter = None, sort: Sort = None
) -> ListsResponse:
    """Return a page of the account's lists.

    Filterable by status and name; sortable by name and created_on.
    """
    pagination, items = listing(
        lists.all(caller.account_id),
        paging,
        filter_text=filter_text,
        filters=FILTERS,
        sort=sort,
        sorts=SORTS,
    )
    views = lists.views(caller.account_id, items)
    return ListsResponse(
        pagination=pagination, data=[ListSummaryResponse.model_validate(_summary(view)) for view in views]
    )


@operations.post("/lists", "Create a list", status=201)
def create_list(caller: Writer, changes: Changes, body: CreateList) -> CreateListResponse:
    """Create a list.

    The default sender must belong to the account. The list's policy has to be accepted before campaigns and
    forms can use it. Refused with 400: more than the maximum number of lists.

    `webhook.url` is called for the given `actions` of its contacts, by default for all actions, with a signed POST as other
    webhooks. The webhook `list-<id>` has its key, log and state.
    """
    created = changes.create_list(caller.account_id, **_settings(body))
    return CreateListResponse(id=created.id, created=True, data=_full(created))


@operations.get("/lists/{list_id}", "Show a list")
def get_list(caller: Reader, lists: Lists, list_id: ListId) -> ListResponse:
    """Return one list."""
    return ListResponse(data=_full(lists.get(caller.account_id, list_id)))


@operations.patch("/lists/{list_id}", "Change a list")
def patch_list(caller: Writer, changes: Changes, list_id: ListId, body: UpdateList) -> PatchListResponse:
    """Change a list; missing values do not change."""
    cleared = {name: None for name in CLEARED_BY_NULL & body.model_fields_set if getattr(body, name) is None}
    changed = changes.change_list(caller.account_id, list_id, _settings(body) | cleared)
    return PatchListResponse(id=changed.id, updated=True, data=_full(changed))


@operations.delete("/lists/{list_id}", "Delete a list with all of its data")
def delete_list(caller: Writer, list_id: ListId) -> DeleteListResponse:
    """Delete a list with its contacts, segments, attributes and interests.

    Contacts are deleted in the background. Reports and logs of campaigns are kept. Deleting it again completes an
    interrupted deletion.
    """
    bootstrap.list_lifecycle().delete(caller.account_id, list_id)
    return DeleteListResponse(id=list_id, object="list", deleted=True)


@operations.post("/lists/{list_id}/accept-policy", "Accept the policy of a list")
def accept_list_policy(caller: Writer, lists: Lists, list_id: ListId) -> AcceptListPolicyResponse:
    """Accept the policy of a list: its contacts have agreed to receive mail.

    It is required before a campaign or a form can use the list.
    """
    lists.accept_policy(caller.account_id, list_id)
    return AcceptListPolicyResponse(id=list_id, object="list", policy_accepted=True)


@operations.post("/lists/{list_id}/archive", "Archive a list")
def archive_list(caller: Writer, list_id: ListId) -> ArchiveListResponse:
    """Archive a list: it can still be read, but campaigns cannot be scheduled to it.

    Refused with 400 while a workflow of the list is active.
    """
    bootstrap.list_lifecycle().archive(caller.account_id, list_id)
    return ArchiveListResponse(id=list_id, object="list", archived=True)


@operations.post("/lists/{list_id}/unarchive", "Unarchive a list")
def unarchive_list(caller: Writer, lists: Lists, list_id: ListId) -> UnarchiveListResponse:
    """Restore an archived list."""
    lists.unarchive(caller.account_id, list_id)
    return UnarchiveListResponse(id=list_id, object="list", archived=False)
