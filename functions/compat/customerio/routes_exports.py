"""Exports over Customer.io's App API: /v1/exports."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.render_exports import PERSON_COLUMNS, shown_export
from functions.compat.customerio.schemas_exports import (
    CustomersExportRequest,
    DownloadLink,
    ExportResponse,
    ExportsResponse,
)
from functions.compat.customerio.translate_filters import people_tree
from postrider import bootstrap
from postrider.exports.numbered import NumberedExports
from postrider.http import Caller, Depends, Operations

operations = Operations("Exports", CUSTOMERIO)
Exports = Annotated[NumberedExports, Depends(bootstrap.numbered_exports)]
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("exports:read"))]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("exports:write"))]
ExportId = Annotated[int, Path(description="Export.")]
MAX_DESCRIPTION_CHARS = 200


@operations.get("/v1/exports", "List exports")
def list_exports(caller: Reader, exports: Exports) -> ExportsResponse:
    """Return the latest 500 exports. An export is kept for five days."""
    return ExportsResponse(exports=[shown_export(export) for export in exports.all(caller.account_id)])


@operations.post("/v1/exports/customers", "Export people", errors=(400, 401))
def create_customers_export(caller: Writer, body: CustomersExportRequest) -> ExportResponse:
    """Start an export of the matching people. The file has a row for each person, in order of creation.

    Its columns are id, email, cio_id, and then attributes.
    """
    form = body.filters.model_dump(by_alias=True, exclude_unset=True)
    text = f"People who match {body.filters.model_dump_json(by_alias=True, exclude_unset=True)}"
    export = bootstrap.people_exports().start(
        caller,
        bootstrap.lists().default(caller.account_id).id,
        people_tree(caller.account_id, form, field="filters"),
        fields=PERSON_COLUMNS,
        attributes=body.attributes,
        description=text if len(text) <= MAX_DESCRIPTION_CHARS else f"{text[:MAX_DESCRIPTION_CHARS]}...",
    )
    return ExportResponse(export=shown_export(export))


@operations.get("/v1/exports/{export_id}", "Get an export", errors=(401, 404))
def get_export(caller: Reader, exports: Exports, export_id: ExportId) -> ExportResponse:
    return ExportResponse(export=shown_export(exports.get(caller.account_id, export_id)))


@operations.get("/v1/exports/{export_id}/download", "Get a download link", errors=(401, 404))
def download_export(caller: Reader, exports: Exports, export_id: ExportId) -> DownloadLink:
    """Return a new link to the file at each call; 404 while the file does not exist."""
    return DownloadLink(url=exports.download_url(caller.account_id, export_id))
