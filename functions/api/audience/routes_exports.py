"""Exports of contacts over HTTP: /lists/{list_id}/exports."""

from typing import Annotated, Any

import orjson
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.audience.schemas_contacts import (
    ContactsExportDeleteResponse,
    ContactsExportFullResponse,
    ContactsExportResponse,
    ContactsExportsResponse,
    CreateContactsExportResponse,
    DownloadContactsExportFullResponse,
    DownloadContactsExportResponse,
)
from postrider import bootstrap
from postrider.exports.service import ExportService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.contact_filters import parse_contact_filter
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import (
    ExportId,
    Filter,
    ListId,
    SelectionFiql,
    SelectionJson,
    SelectionQuery,
    Sort,
)
from postrider.kit.clock import unix
from postrider.tasks.model import ERROR, Task

operations = Operations("Contact", MAIN)
Exports = Annotated[ExportService, Depends(bootstrap.exports)]
Reader = Annotated[Caller, Depends(needs("contacts:read"))]
Writer = Annotated[Caller, Depends(needs("contacts:write"))]
SORTS = {"status": "status", "created_on": "created_at", "expires_on": "expires_at"}
FILTERS = ("status", "progress")
STATUS_WORDS = {ERROR: "failed"}
"""Statuses of exports that differ from those of their tasks (main-api.md, section 13)."""


def _full(task: Task) -> ContactsExportFullResponse:
    request = task.payload
    json_expression = request.get("json")
    return ContactsExportFullResponse.model_validate(
        {
            "id": task.id,
            "status": STATUS_WORDS.get(task.status, task.status),
            "description": task.description,
            "segment_id": request["segment_id"],
            "filter": request["filter"],
            "query": request.get("query"),
            "fiql": request.get("fiql"),
            "json": orjson.loads(json_expression) if isinstance(json_expression, str) else json_expression,
            "created_on": unix(task.created_at),
            "expires_on": unix(task.expires_at),
            "progress": task.progress,
        }
    )


@operations.get("/lists/{list_id}/exports", "List exports of contacts")
def list_contacts_exports(
    caller: Reader,
    exports: Exports,
    list_id: ListId,
    paging: PageRequest,
    sort: Sort = None,
    filter_text: Filter = None,
) -> ContactsExportsResponse:
    """Return a page of the exports of a list's contacts.

    Filterable by status and progress; sortable by status, created_on and expires_on.
    """
    bootstrap.lists().get(caller.account_id, list_id)
    pagination, items = listing(
        exports.all(caller.account_id, list_id),
        paging,
        sort=sort,
        sorts=SORTS,
        filter_text=filter_text,
        filters=FILTERS,
    )
    return ContactsExportsResponse(pagination=pagination, data=[_full(task) for task in items])


@operations.post("/lists/{list_id}/exports", "Export contacts", status=201)
def export_contacts(
    caller: Writer,
    exports: Exports,
    list_id: ListId,
    description: Annotated[str | None, Query(description="Free label.")] = None,
    query: SelectionQuery = None,
    fiql: SelectionFiql = None,
    json: SelectionJson = None,
    segment_id: Annotated[int | None, Query(ge=1, description="Restrict to this segment.")] = None,
    filter_text: Filter = None,
) -> CreateContactsExportResponse:
    """Start an export of contacts as a CSV file.

    At most one of query, fiql and json, or a segment, selects contacts. The export is a task; its file is kept for five days.
    """
    bootstrap.lists().get(caller.account_id, list_id)
    expressions: dict[str, Any] = {"query": query, "fiql": fiql, "json": json}
    task = exports.create(
        caller,
        list_id,
        description=description,
        expressions=expressions,
        segment_id=segment_id,
        filters=parse_contact_filter(filter_text),
        filter_text=filter_text,
    )
    return CreateContactsExportResponse(id=task.id, object="task", created=True, data=_full(task))


@operations.get("/lists/{list_id}/exports/{export_id}", "Show an export of contacts")
def get_contacts_export(
    caller: Reader, exports: Exports, list_id: ListId, export_id: ExportId
) -> ContactsExportResponse:
    """Return one export with its progress."""
    return ContactsExportResponse(data=_full(exports.get(caller.account_id, list_id, export_id)))


@operations.delete("/lists/{list_id}/exports/{export_id}", "Delete an export of contacts")
def delete_contacts_export(
    caller: Writer, exports: Exports, list_id: ListId, export_id: ExportId
) -> ContactsExportDeleteResponse:
    """Delete an export and its file."""
    task = exports.delete(caller.account_id, list_id, export_id)
    return ContactsExportDeleteResponse(id=task.id, object="contactsexport", deleted=True, data=_full(task))


@operations.get("/lists/{list_id}/exports/{export_id}/download", "Get the URL of an export's file")
def download_contacts_export(
    caller: Reader, exports: Exports, list_id: ListId, export_id: ExportId
) -> DownloadContactsExportResponse:
    """Return a URL that downloads the file of an export for 15 minutes.

    The URL answers GET only: storage refuses HEAD with 403.
    Refused with 400 if the export is not ready or has been deleted.
    """
    url, expires_at = exports.download_url(caller.account_id, list_id, export_id)
    return DownloadContactsExportResponse(data=DownloadContactsExportFullResponse(expires_on=unix(expires_at), url=url))
