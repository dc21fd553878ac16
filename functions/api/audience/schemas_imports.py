"""Define requests and responses: imports of files. An extension; the contract's own import takes JSON."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.envelopes import Created, Data, PageOf
from postrider.http.main.wire import InterestText, Line, Name, TagName, Url
from postrider.imports.csv_file import ENCODINGS


class CreateUploadResponse(BaseModel):
    """POST `fields`, then the file as the field `file`, to `url` as multipart/form-data within 15 minutes."""

    id: str
    object: Literal["upload"]
    created: bool
    url: str
    fields: dict[str, str]


class CreateFileImport(BaseModel):
    """A CSV file with a header, uploaded before or available on the web: exactly one of `upload_id` and `url`."""

    upload_id: Name | None = None
    url: Url | None = None
    import_to: Literal["active", "unsubscribed", "deleted"] = "active"
    send_double_opt_in: Literal["true", "false", "new", "not_active"] = "false"
    tags: Annotated[list[TagName], Field(max_length=64)] = []
    interests: Annotated[list[InterestText], Field(max_length=16)] = []
    columns: Annotated[
        dict[Line, Line | None],
        Field(
            description="The attribute that a column fills, or `email`, `status`, `tags`, `interests`, `subscribed_on`, "
            "`opted_in_on`, `consent_time`, `consent_text`, `consent_url`, `consent_ip`, `consent_user_agent`; null to skip "
            "it. Other columns fill what has their name. Names of columns are compared without regard to case."
        ),
    ] = {}
    other_columns: Annotated[
        Literal["refuse", "ignore", "create"],
        Field(
            description="What to do with columns that fill nothing: refuse the file, skip them or create attributes."
        ),
    ] = "refuse"
    types: Annotated[
        dict[Line, Literal["text", "mediumtext", "integer", "timestamp", "datetime"]],
        Field(description="The types of attributes to create, by column; the others are text."),
    ] = {}
    guess_types: Annotated[
        StrictBool, Field(description="Guess the types of attributes to create from the first rows.")
    ] = False
    encoding: Annotated[
        Literal[ENCODINGS] | None,  # type: ignore[valid-type]  # its words are a table
        Field(description="The encoding of the file; null to detect it."),
    ] = None
    start_workflows: Annotated[
        StrictBool, Field(description="Let new active contacts enter the workflows of the list.")
    ] = False
    dry_run: Annotated[
        StrictBool, Field(description="Write nothing: count what the import would do, and show the first 20 rows.")
    ] = False


class FileImport(BaseModel):
    """`refused_url` and `warnings_url` lead to CSV files for 15 minutes.

    The first has the rows that were not imported, with the reasons; it can be corrected and imported again. The second has
    the ignored values of imported rows. `rows` is the sum of the numbers from `created` to `refused`.
    """

    id: str
    status: Literal["pending", "ready", "error", "deleted"]
    progress: Annotated[int, Field(ge=0, le=100)]
    created_on: int
    expires_on: int
    rows: int
    created: int
    updated: int
    unchanged: Annotated[int, Field(description="Number of rows without any change.")]
    deleted: int
    duplicates: Annotated[int, Field(description="Number of rows with the address of an earlier row.")]
    refused: int
    warnings: Annotated[int, Field(description="Number of ignored values of imported rows.")]
    encoding: Annotated[str | None, Field(description="The encoding of the file; null until it is known.")]
    encoding_guessed: Annotated[bool, Field(description="Whether the encoding was guessed: check some names.")]
    dry_run: Annotated[bool, Field(description="Whether nothing is written: the numbers are what the import would do.")]
    first_rows: Annotated[list[dict[str, str]], Field(description="For a dry run: the first rows, by target.")]
    problem: str | None
    refused_url: str | None
    warnings_url: Annotated[str | None, Field(description="URL of a CSV file with the warnings, valid for 15 minutes.")]


FileImportResponse = Data[FileImport]
FileImportsResponse = PageOf[FileImport]
CreateFileImportResponse = Created[str, Literal["import"], FileImport]
