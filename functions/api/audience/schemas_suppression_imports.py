"""Define requests and responses: imports of files of suppressed emails."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.envelopes import Created, Data, PageOf
from postrider.http.main.wire import Name


class CreateSuppressionImport(BaseModel):
    """A CSV file with a column `email` of addresses and patterns, and maybe one of reasons, `source` or `reason`."""

    upload_id: Name
    dry_run: Annotated[
        StrictBool,
        Field(description="Suppress nothing: count what the import would do, and show the first 20 rows."),
    ] = False


class SuppressionImport(BaseModel):
    """`refused_url` leads to a CSV file of the rows that were not imported, with the reasons, for 15 minutes.

    It can be corrected and imported again. `rows` is the sum of the numbers from `added` to `refused`.
    """

    id: str
    status: Literal["pending", "ready", "error", "deleted"]
    progress: Annotated[int, Field(ge=0, le=100)]
    created_on: int
    expires_on: int
    rows: int
    added: Annotated[int, Field(description="How many addresses and patterns are suppressed by this import.")]
    replaced: Annotated[
        int, Field(description="How many were suppressed by the account, and are now by a person's wish.")
    ]
    unchanged: Annotated[int, Field(description="How many were suppressed before.")]
    duplicates: Annotated[int, Field(description="How many rows repeat an earlier row.")]
    refused: int
    dry_run: Annotated[
        bool, Field(description="Whether nothing is suppressed: the numbers are what the import would do.")
    ]
    first_rows: Annotated[list[dict[str, str]], Field(description="For a dry run: the first rows, by target.")]
    problem: str | None
    refused_url: str | None


SuppressionImportResponse = Data[SuppressionImport]
SuppressionImportsResponse = PageOf[SuppressionImport]
CreateSuppressionImportResponse = Created[str, Literal["import"], SuppressionImport]
