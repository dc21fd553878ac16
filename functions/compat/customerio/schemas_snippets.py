"""Define requests and answers of Customer.io's App API: snippets."""

from typing import Annotated

from pydantic import BaseModel, Field

from functions.compat.customerio.dates import UnixTime


class SnippetInput(BaseModel):
    name: Annotated[str, Field(json_schema_extra={"maxLength": 150}, description="Unique; trimmed.")]
    value: Annotated[
        str,
        Field(
            json_schema_extra={"maxLength": 16_000},
            description="Text, HTML or liquid without other snippets; trimmed; at most 16000 characters.",
        ),
    ]
    updated_at: Annotated[
        int | None, Field(description="Is ignored.", json_schema_extra={"format": "unix-timestamp", "readOnly": True})
    ] = None


class Snippet(BaseModel):
    name: str
    value: str
    updated_at: Annotated[UnixTime, Field(description="Last change.")]


class SnippetResponse(BaseModel):
    snippet: Snippet


class SnippetsResponse(BaseModel):
    snippets: list[Snippet]
