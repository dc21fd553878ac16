"""Imports of files over HTTP: /lists/{list_id}/imports, beside the JSON call for up to 1,000 contacts."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.audience.render_imports import members_of_import
from functions.api.audience.schemas_imports import (
    CreateFileImport,
    CreateFileImportResponse,
    CreateUploadResponse,
    FileImport,
    FileImportResponse,
    FileImportsResponse,
)
from postrider import bootstrap
from postrider.attributes.model import AttributeType
from postrider.contacts.model import DoubleOptIn, Status
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import Filter, ListId, Sort
from postrider.imports.columns import OtherColumns
from postrider.imports.file_imports import FileImportService, FileOptions
from postrider.imports.web_imports import WebImportService
from postrider.kit.errors import Invalid
from postrider.tasks.model import Task, TaskType

operations = Operations("Import", MAIN)
Files = Annotated[FileImportService, Depends(bootstrap.file_imports)]
FromWeb = Annotated[WebImportService, Depends(bootstrap.web_imports)]
Reader = Annotated[Caller, Depends(needs("contacts:read"))]
Writer = Annotated[Caller, Depends(needs("contacts:write"))]
ImportId = Annotated[str, Path()]
COUNTS = ("created", "updated", "deleted", "warnings")


def _read(task: Task, files: FileImportService) -> FileImport:
    is_fetch, is_file = task.type == TaskType.CONTACTS_IMPORT_FETCH, task.type == TaskType.CONTACTS_IMPORT
    return FileImport.model_validate(
        {
            **members_of_import(task),
            "progress": 0 if is_fetch else task.progress,
            **{name: task.result.get(name, 0) for name in COUNTS},
            "encoding": task.result.get("encoding"),
            "encoding_guessed": task.result.get("encoding_guessed", False),
            "refused_url": files.errors_url(task.account_id, task.id) if is_file else None,
            "warnings_url": files.warnings_url(task.account_id, task.id) if is_file else None,
        }
    )


@operations.post("/lists/{list_id}/imports/uploads", "Get an upload form for a file", status=201)
def create_import_upload(caller: Writer, files: Files, list_id: ListId) -> CreateUploadResponse:
    """Return a form that uploads one CSV file of up to 256 MiB to storage.

    Send its fields and the file as a multipart POST to its URL, then start the import with `upload_id`.
    """
    upload_id, form = files.offer_upload(caller.account_id, list_id)
    return CreateUploadResponse(id=upload_id, object="upload", created=True, url=form.url, fields=form.fields)


@operations.post("/lists/{list_id}/imports", "Import a file", status=201)
def create_file_import(
    caller: Writer, files: Files, from_web: FromWeb, list_id: ListId, body: CreateFileImport
) -> CreateFileImportResponse:
    """Start the import of a CSV file that was uploaded before, or is fetched from a URL.

    Rows are written part by part; the import shows its progress, with a file of the refused rows at its end. Refused
    with 400: an unknown upload, columns that cannot be told apart, and a file without a column of addresses.
    """
    if (body.upload_id is None) == (body.url is None):
        raise Invalid("Give exactly one of upload_id and url.", code="import_source", field="upload_id")
    options = FileOptions(
        target=Status(body.import_to),
        double_opt_in=DoubleOptIn(body.send_double_opt_in),
        tags=body.tags,
        interests=body.interests,
        columns=body.columns,
        other_columns=OtherColumns(body.other_columns),
        types={column: AttributeType(kind) for column, kind in body.types.items()},
        guess_types=body.guess_types,
        encoding=body.encoding,
        dry_run=body.dry_run,
        starts_workflows=body.start_workflows,
    )
    if body.url is not None:
        task = from_web.start(caller.account_id, list_id, body.url, options, requested_by=caller)
    else:
        task = files.start(caller.account_id, list_id, body.upload_id or "", options, requested_by=caller)
    return CreateFileImportResponse(id=task.id, object="import", created=True, data=_read(task, files))


@operations.get("/lists/{list_id}/imports", "List imports")
def list_imports(
    caller: Reader,
    files: Files,
    from_web: FromWeb,
    list_id: ListId,
    paging: PageRequest,
    sort: Sort = None,
    filter_text: Filter = None,
) -> FileImportsResponse:
    """Return a page of the imports of a list in the last days, of files and of calls.

    Filterable by status; sortable by created_on.
    """
    bootstrap.lists().get(caller.account_id, list_id)
    pagination, items = listing(
        from_web.all(caller.account_id, list_id),
        paging,
        sort=sort,
        sorts={"created_on": "created_at"},
        filter_text=filter_text,
        filters=("status",),
    )
    return FileImportsResponse(pagination=pagination, data=[_read(task, files) for task in items])


@operations.get("/lists/{list_id}/imports/{import_id}", "Show an import")
def get_file_import(
    caller: Reader, files: Files, from_web: FromWeb, list_id: ListId, import_id: ImportId
) -> FileImportResponse:
    """Return one import of a file or of a call: its state, the numbers of created, updated and refused rows, and a URL of the
    refused rows of a file."""
    bootstrap.lists().get(caller.account_id, list_id)
    return FileImportResponse(data=_read(from_web.get(caller.account_id, list_id, import_id), files))
