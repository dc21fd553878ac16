"""Define what the Kasplo API sends and receives."""

from enum import IntEnum
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BaseModel, Field

Sid = Annotated[str, Path(description="Public half of the credential.")]
PageSize = Annotated[int, Query(alias="pageSize", ge=1, le=100, description="Items per page.")]
Page = Annotated[int, Query(ge=1, description="Page number, from 1; a page beyond the end has no items.")]
Name = Annotated[str | None, Query(description="Only items with exactly this name, without regard to case.")]


class Activity(IntEnum):
    ACTIVE = 1
    INACTIVE = 2


Status = Annotated[Activity | None, Query(description="1: active, the default. 2: inactive.")]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class ErrorBody(BaseModel):
    class Error(BaseModel):
        code: str
        details: Any = None

    status: int
    message: str
    error: Error
    data: Any = None


class TagErrorBody(BaseModel):
    status: Literal[False]
    statuscode: int
    message: str
    data: list[dict[str, Any]]
    limit: int | None = None
    total: int | None = None


class ListItem(BaseModel):
    name: str
    list_id: str
    status: int
    created_at: Moment
    updated_at: Moment


class ListPage(BaseModel):
    data: list[ListItem]
    error: dict[str, Any]
    limit: int
    message: str
    status: Literal[200]
    total: int
