"""Define requests and responses: imports of files. An extension; the contract's own import takes JSON."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.envelopes import Created, Data
from postrider.http.main.wire import InterestText, Line, Name, TagName, Url


class CreateUploadResponse(BaseModel):
    """POST `fields`, then the file as the field `file`, to `url` as multipart/form-data within 15 minutes."""

    id: str
    object: Literal["upload"]
    created: bool
    url: str
    fields: dict[str, str]


class CreateFileImport(BaseModel):
    """A CSV file with a header, uploaded before or lying on the web: exactly one of `upload_id` and `url`."""

    upload_id: Name | None = None
    url: Url | None = None
    import_to: Literal["active", "unsubscribed", "deleted"] = "active"
    send_double_opt_in: Literal["true", "false", "new", "not_active"] = "false"
    tags: Annotated[list[TagName], Field(max_length=64)] = []
    interests: Annotated[list[InterestText], Field(max_length=16)] = []
    columns: Annotated[
        dict[Line, Line | None],
        Field(description="Which attribute a column fills, null to leave it out; others fill the one of their name."),
    ] = {}
    create_attributes: Annotated[
        StrictBool, Field(description="Make a text attribute of a column that the list has none for.")
    ] = False


class FileImport(BaseModel):
    """`refused_url` leads to a CSV of the rows that were not taken and why, for 15 minutes."""

    id: str
    status: Literal["pending", "ready", "error", "deleted"]
    progress: Annotated[int, Field(ge=0, le=100)]
    created_on: int
    expires_on: int
    rows: int
    created: int
    updated: int
    deleted: int
    refused: int
    problem: str | None
    refused_url: str | None


FileImportResponse = Data[FileImport]
CreateFileImportResponse = Created[str, Literal["import"], FileImport]
