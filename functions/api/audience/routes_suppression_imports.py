"""Imports of files of suppressed emails over HTTP: /suppressed-emails/imports."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.audience.render_imports import members_of_import
from functions.api.audience.schemas_imports import CreateUploadResponse
from functions.api.audience.schemas_suppression_imports import (
    CreateSuppressionImport,
    CreateSuppressionImportResponse,
    SuppressionImport,
    SuppressionImportResponse,
    SuppressionImportsResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import Filter, Sort
from postrider.imports.suppression_files import SuppressionFileService
from postrider.tasks.model import Task

operations = Operations("Suppressed Email", MAIN)
Files = Annotated[SuppressionFileService, Depends(bootstrap.suppression_files)]
Reader = Annotated[Caller, Depends(needs("suppressions:read"))]
Writer = Annotated[Caller, Depends(needs("suppressions:write"))]
ImportId = Annotated[str, Path()]


def _read(task: Task, files: SuppressionFileService) -> SuppressionImport:
    return SuppressionImport.model_validate(
        {
            **members_of_import(task),
            "added": task.result.get("created", 0),
            "replaced": task.result.get("updated", 0),
            "refused_url": files.errors_url(task),
        }
    )


@operations.post("/suppressed-emails/imports/uploads", "Get a place to upload a file of emails to suppress", status=201)
def create_suppression_upload(caller: Writer, files: Files) -> CreateUploadResponse:
    """Return a form that uploads one CSV file of up to 16 MiB to storage.

    Send its fields and the file as multipart POST to its URL, then start the import with `upload_id`.
    """
    upload_id, form = files.offer_upload(caller.account_id)
    return CreateUploadResponse(id=upload_id, object="upload", created=True, url=form.url, fields=form.fields)


@operations.post("/suppressed-emails/imports", "Suppress the emails of a file", status=201)
def create_suppression_import(
    caller: Writer, files: Files, body: CreateSuppressionImport
) -> CreateSuppressionImportResponse:
    """Start the import of an uploaded CSV file of addresses, `*@domain` and `local@*`, with a reason for each row.

    The reason is manual (default), bounce, complaint or global_unsubscribe; the last two cannot be taken back. Repeating
    it changes nothing, and a dry run suppresses nothing. Refused with 400: an unknown upload, and a file without
    a column of addresses or with several.
    """
    task = files.start(caller.account_id, body.upload_id, dry_run=body.dry_run, requested_by=caller)
    return CreateSuppressionImportResponse(id=task.id, object="import", created=True, data=_read(task, files))


@operations.get("/suppressed-emails/imports", "List imports of emails to suppress")
def list_suppression_imports(
    caller: Reader, files: Files, paging: PageRequest, sort: Sort = None, filter_text: Filter = None
) -> SuppressionImportsResponse:
    """Return a page of the imports of the last days, the newest first.

    Filterable by status; sortable by created_on.
    """
    pagination, items = listing(
        files.all(caller.account_id),
        paging,
        sort=sort,
        sorts={"created_on": "created_at"},
        filter_text=filter_text,
        filters=("status",),
    )
    return SuppressionImportsResponse(pagination=pagination, data=[_read(task, files) for task in items])


@operations.get("/suppressed-emails/imports/{suppression_import_id}", "Show an import of emails to suppress")
def get_suppression_import(caller: Reader, files: Files, suppression_import_id: ImportId) -> SuppressionImportResponse:
    """Return the state of an import, how many emails it has suppressed, and a URL of the refused rows."""
    return SuppressionImportResponse(data=_read(files.get(caller.account_id, suppression_import_id), files))
