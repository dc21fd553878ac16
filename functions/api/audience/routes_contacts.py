"""Contacts over HTTP: /lists/{list_id}/contacts, and the contacts of a segment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BeforeValidator

from functions.api.audience import render_contacts as render
from functions.api.audience.schemas_contacts import (
    ContactResponse,
    ContactsResponse,
    ContactStatus,
    CreateContact,
    CreateContactResponse,
    DeleteContactResponse,
    ImportContacts,
    ImportContactsResponse,
    PatchContact,
    PatchContactResponse,
    UnsubscribeContactResponse,
)
from postrider import bootstrap
from postrider.contacts.model import DoubleOptIn, Status
from postrider.contacts.query import SORTS
from postrider.contacts.search import ContactSearch, query_of
from postrider.contacts.service import ContactService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.contact_filters import parse_contact_filter
from postrider.http.main.dialect import MAIN
from postrider.http.main.paging import check_page
from postrider.http.main.sorting import parse_sort
from postrider.http.main.wire import (
    ContactId,
    Cursor,
    CursorText,
    Filter,
    ListId,
    PageNoDefault,
    PaginationWithCursor,
    PerPage,
    SegmentId,
    SelectionFiql,
    SelectionJson,
    SelectionQuery,
    Sort,
    WithCount,
)
from postrider.http.parameters import ParameterGroup
from postrider.imports.model import ImportRow
from postrider.imports.service import ImportService
from postrider.kit.sorting import Sort as Order

if TYPE_CHECKING:
    from postrider.segments.evaluation import CompiledFilter

operations = Operations("Contact", MAIN)
Contacts = Annotated[ContactService, Depends(bootstrap.contacts_by_given_id)]
Pages = Annotated[ContactSearch, Depends(bootstrap.contact_search)]
Imports = Annotated[ImportService, Depends(bootstrap.imports)]
Reader = Annotated[Caller, Depends(needs("contacts:read"))]
Writer = Annotated[Caller, Depends(needs("contacts:write"))]

_SPELLINGS = {"True": "true", "1": "true", "False": "false", "0": "false"}
"""Spellings of booleans in the query, which differ by the language of the client (main-api.md, section 1)."""
SendDoubleOptIn = Annotated[
    DoubleOptIn,
    BeforeValidator(lambda sent: _SPELLINGS.get(sent, sent) if isinstance(sent, str) else sent),
    Query(
        description="Send the confirmation mail: always, never, only to an email new to the list, "
        "or only when not already active."
    ),
]
Resubscribe = Annotated[bool, Query(description="Reactivate an address that had unsubscribed.")]


@dataclass(frozen=True, kw_only=True)
class ContactsRequest(ParameterGroup):
    """The requested page of contacts: by number or by cursor, chosen by an expression in one language and by a filter."""

    page: PageNoDefault = None
    per_page: PerPage = 50
    with_count: WithCount = False
    query: SelectionQuery = None
    fiql: SelectionFiql = None
    json: SelectionJson = None
    cursor: CursorText = None
    sort: Sort = None
    filter_text: Filter = None


def _page(
    caller: Caller,
    pages: ContactSearch,
    list_id: int,
    request: ContactsRequest,
    segment_filter: "CompiledFilter | None" = None,
) -> ContactsResponse:
    check_page(request.page or 1, request.per_page)
    order = parse_sort(request.sort, allowed=SORTS) or Order("id")
    bootstrap.lists().get(caller.account_id, list_id)
    evaluator = bootstrap.filter_evaluator()
    filter_ = evaluator.parse(
        caller.account_id, list_id, _present(query=request.query, fiql=request.fiql, json=request.json)
    )
    terms = parse_contact_filter(request.filter_text)
    suppressions = bootstrap.suppressions()
    query = query_of(
        evaluator.terms_with_ids(caller.account_id, list_id, terms),
        wildcards=suppressions.wildcards_to_filter(caller.account_id) if "suppressed" in terms else (),
        sort=order.field,
        descending=order.descending,
        matching=[condition for condition in (segment_filter, filter_) if condition is not None],
    )
    window = pages.page(
        caller.account_id,
        list_id,
        query,
        per_page=request.per_page,
        number=request.page,
        cursor=request.cursor,
        with_count=request.with_count,
    )
    return ContactsResponse(
        pagination=PaginationWithCursor(
            count=window.count,
            page=request.page or 1,
            per_page=request.per_page,
            cursor=Cursor(previous=window.previous_cursor, next=window.next_cursor),
        ),
        data=render.fulls(caller.account_id, list_id, window.items),
    )


def _present(**expressions: str | None) -> dict[str, Any]:
    """Return the expressions that are not None, by language."""
    return {language: text for language, text in expressions.items() if text is not None}


@operations.get("/lists/{list_id}/contacts", "List the contacts of a list")
def list_contacts_of_list(
    caller: Reader,
    pages: Pages,
    list_id: ListId,
    request: ContactsRequest,
) -> ContactsResponse:
    """Return a page of the contacts of a list, by page number or by cursor.

    Every page by cursor costs the same. At most one of query, fiql and json selects contacts;
    filterable by status, email, tags, interests and suppressed; sortable by id, email, status, subscribed_on,
    last_bounce_type and bounces_count. A search that has to examine too many contacts for one call returns a short page and
    a cursor.
    """
    return _page(caller, pages, list_id, request)


@operations.get("/lists/{list_id}/segments/{segment_id}/contacts", "List the contacts of a segment")
def list_contacts_of_segment(
    caller: Reader,
    pages: Pages,
    segment_id: SegmentId,
    list_id: ListId,
    request: ContactsRequest,
) -> ContactsResponse:
    """Return a page of the contacts of a segment, with the same parameters as for a list."""
    segment = bootstrap.segments().get(caller.account_id, list_id, segment_id)
    return _page(caller, pages, list_id, request, bootstrap.segments().compiled_filter(segment))


@operations.post("/lists/{list_id}/contacts", "Add a contact", status=201)
def create_contact(
    caller: Writer,
    contacts: Contacts,
    list_id: ListId,
    body: CreateContact,
    send_double_opt_in: SendDoubleOptIn = DoubleOptIn.NEVER,
    resubscribe: Resubscribe = True,
) -> CreateContactResponse:
    """Add one contact to a list.

    If the list already has the address, the contact is updated; an unsubscribed contact is subscribed again unless
    `resubscribe` is false. A new contact is unsubscribed if the address left the list before by an act of the person. A
    suppressed address is added, but never mailed. Refused with 400: an invalid address, the address of an erased person,
    unknown attributes, invalid values, and an archived list. With `send_double_opt_in` the contact is pending until the
    mailed link is opened.
    """
    bootstrap.lists().open_for_contacts(caller.account_id, list_id)
    contact = contacts.upserts.create(
        caller.account_id,
        list_id,
        email=body.email,
        attributes=render.values(body.custom_attributes),
        resubscribe=resubscribe,
        double_opt_in=send_double_opt_in,
    )
    return CreateContactResponse(id=contact.id, object="contact", created=True, data=render.full(contact))


@operations.post("/lists/{list_id}/import-contacts", "Import up to 1,000 contacts", status=201)
def import_contacts(
    caller: Writer,
    imports: Imports,
    list_id: ListId,
    body: ImportContacts,
    send_double_opt_in: SendDoubleOptIn = DoubleOptIn.NEVER,
) -> ImportContactsResponse:
    """Import up to 1,000 contacts; they are written within seconds.

    The answer has the ids of the contacts, which can be used at once, and the id of the import, which is a task. If a row is
    invalid, the call is refused with 422, which names each invalid row; the address of an erased person is invalid.
    Contacts of an archived list can only be unsubscribed or deleted. An import never activates an unsubscribed, bounced or
    complained contact. With `send_double_opt_in` new contacts are pending until they open the mailed link.
    """
    started = imports.start(
        caller.account_id,
        list_id,
        [ImportRow(email=row.email, attributes=render.values(row.custom_attributes)) for row in body.contacts],
        target=Status((body.import_to or ContactStatus.ACTIVE).value),
        double_opt_in=send_double_opt_in,
        starts_workflows=bool(body.start_workflows),
        requested_by=caller,
    )
    return ImportContactsResponse(
        import_id=started.import_id, id=started.contact_ids, object="contact", imported=True, data=[]
    )


@operations.get("/lists/{list_id}/contacts/{contact_id}", "Show a contact")
def get_contact(caller: Reader, contacts: Contacts, list_id: ListId, contact_id: ContactId) -> ContactResponse:
    """Return one contact with its attributes, tags and interests."""
    return ContactResponse(data=render.full(contacts.get(caller.account_id, list_id, contact_id)))


@operations.patch("/lists/{list_id}/contacts/{contact_id}", "Change a contact")
def patch_contact(
    caller: Writer, contacts: Contacts, list_id: ListId, contact_id: ContactId, body: PatchContact
) -> PatchContactResponse:
    """Change one contact; missing values do not change.

    The given arrays replace tags and interests, but not segments of people of other APIs. The new address must not belong to
    another contact of the list.
    """
    contacts.get(caller.account_id, list_id, contact_id)  # before the tags are created
    tags = None if body.tags is None else bootstrap.groups().ensure(caller.account_id, body.tags).values()
    interests = None
    if body.interests is not None:
        interests = bootstrap.interests().require(caller.account_id, list_id, body.interests).values()
    contact = contacts.upserts.patch(
        caller.account_id,
        list_id,
        contact_id,
        email=body.email,
        attributes=render.values(body.custom_attributes),
        tags=tags,
        interests=interests,
    )
    return PatchContactResponse(id=contact.id, object="contact", updated=True, data=render.full(contact))


@operations.delete("/lists/{list_id}/contacts/{contact_id}", "Delete a contact")
def delete_contact(caller: Writer, contacts: Contacts, list_id: ListId, contact_id: ContactId) -> DeleteContactResponse:
    """Delete one contact.

    Its address can be added again. Unsubscribe or suppress a person who must not get mail any longer instead.
    """
    contacts.delete(caller.account_id, list_id, contact_id)
    return DeleteContactResponse(id=contact_id, object="contact", deleted=True)


@operations.post("/lists/{list_id}/contacts/{contact_id}/unsubscribe", "Unsubscribe a contact")
def unsubscribe_contact(
    caller: Writer, contacts: Contacts, list_id: ListId, contact_id: ContactId
) -> UnsubscribeContactResponse:
    """Unsubscribe one contact from the list.

    Repeating it changes nothing.
    """
    contacts.get(caller.account_id, list_id, contact_id)
    contact = contacts.unsubscribe(caller.account_id, list_id, contact_id)
    return UnsubscribeContactResponse(id=contact_id, object="contact", subscribed=False, data=render.full(contact))
