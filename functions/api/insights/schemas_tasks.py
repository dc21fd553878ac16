"""What goes over the wire: tasks."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from postrider.http.wire import EmailText, Pagination, Unix


class TaskStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    ERROR = "error"
    DELETED = "deleted"


class RequestedByUser(BaseModel):
    email: EmailText
    id: int


class TaskType(StrEnum):
    CONTACTSEXPORT = "contactsexport"
    CAMPAIGNLOGEXPORT = "campaignlogexport"


class TaskFullResponse(BaseModel):
    id: str
    status: TaskStatus
    created_on: Unix
    expires_on: Unix
    progress: Annotated[int, Field(ge=0, description="Completion; tasks use an integer, exports a number.")]
    requested_by: RequestedByUser
    type: TaskType
    description: str | None
    payload: dict[str, Any]


class ListTasksResponse(BaseModel):
    pagination: Pagination
    data: list[TaskFullResponse]


class TaskResponse(BaseModel):
    data: TaskFullResponse
