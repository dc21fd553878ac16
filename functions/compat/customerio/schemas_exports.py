"""Define requests and responses of Customer.io's App API: exports."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.schemas_filters import AudienceFilter
from postrider.attributes.service import MAX_OPEN_ATTRIBUTES

MAX_FIELD_CHARS = 150
"""Maximum length of the name of an attribute in an export."""


def _check_number(names: list[str]) -> list[str]:
    """Raise ValueError for more names than a list can have attributes. The contract has no limit."""
    if len(names) > MAX_OPEN_ATTRIBUTES:
        raise ValueError(f"expected at most {MAX_OPEN_ATTRIBUTES} attributes")
    return names


AttributeNames = Annotated[list[Annotated[str, Field(max_length=MAX_FIELD_CHARS)]], AfterValidator(_check_number)]


class CustomersExportRequest(BaseModel):
    filters: AudienceFilter
    attributes: Annotated[
        AttributeNames | None,
        Field(description="Columns beside the identifiers; by default all attributes."),
    ] = None


class Export(BaseModel):
    id: int
    deduplicate_id: Annotated[str, Field(description="The id and the moment of the last change.")]
    type: Literal["customers", "deliveries"]
    status: Literal["pending", "done", "failed"]
    failed: bool
    total: Annotated[int, Field(description="Rows in the file; 0 until the export is done.")]
    description: str
    downloads: Annotated[int, Field(description="Number of requested links to the file.")]
    user_id: Annotated[int, Field(description="The user who created the key.")]
    user_email: str
    created_at: UnixTime
    updated_at: UnixTime


class ExportResponse(BaseModel):
    export: Export


class ExportsResponse(BaseModel):
    exports: list[Export]


class DownloadLink(BaseModel):
    url: Annotated[
        str,
        Field(
            description="Signed link to the CSV file, valid for 15 minutes; it answers GET only.",
            json_schema_extra={"format": "uri"},
        ),
    ]
