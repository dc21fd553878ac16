"""Imports over Customer.io's App API: /v1/imports."""

from typing import Annotated

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.render_imports import options_of, shown_import
from functions.compat.customerio.schemas_imports import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_URL,
    ImportId,
    ImportRequest,
    ImportResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.imports.data_imports import ImportRequest as Request
from postrider.kit.errors import Invalid

operations = Operations("Imports", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("imports:read"))]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("imports:write"))]


@operations.post("/v1/imports", "Import a CSV", errors=(400, 401))
def create_import(caller: Writer, body: ImportRequest) -> ImportResponse:
    """Start to fetch a CSV file from a URL and to import its rows. The answer and `GET /v1/imports/{import_id}` tell its state.

    Refused rows, with their reasons, are in the file `refused_url` of the import in the main API, which lists it with the
    imports of the default list (`GET /lists/{list_id}/imports`).
    """
    wanted = body.wanted
    for name, limit in (("name", MAX_NAME), ("data_file_url", MAX_URL), ("description", MAX_DESCRIPTION)):
        text = getattr(wanted, name) or ""
        if len(text) > limit or (name != "description" and not text.strip()):
            raise Invalid(f"Invalid {name}: expected at most {limit} characters.", code="text_invalid", field=name)
    request = Request(
        name=wanted.name,
        description=wanted.description or "",
        url=wanted.data_file_url.strip(),
        options=options_of(wanted),
    )
    started = bootstrap.data_imports().start(caller.account_id, request, requested_by=caller)
    return shown_import(started, bootstrap.data_imports().progress(started))


@operations.get("/v1/imports/{import_id}", "Get an import", errors=(401, 404))
def get_import(caller: Reader, import_id: ImportId) -> ImportResponse:
    """Return an import of the last week."""
    data_import = bootstrap.data_imports().get(caller.account_id, import_id)
    return shown_import(data_import, bootstrap.data_imports().progress(data_import))
