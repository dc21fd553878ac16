"""Define requests and responses: tasks."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from postrider.http.envelopes import Data
from postrider.http.main.tasks import TASK_TYPES
from postrider.http.main.wire import EmailText, Pagination, Unix


class TaskStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    ERROR = "error"
    DELETED = "deleted"


class RequestedByUser(BaseModel):
    email: EmailText
    id: int


TaskType = StrEnum("TaskType", {word.upper(): word for word in TASK_TYPES})  # type: ignore[misc]  # its words are a table


class TaskFullResponse(BaseModel):
    id: str
    status: TaskStatus
    created_on: Unix
    expires_on: Unix
    progress: Annotated[int, Field(ge=0, description="Completion; tasks use an integer, exports a number.")]
    stalled: Annotated[
        bool,
        Field(
            description="Whether no part of a pending task was finished for two minutes, for example because a worker died. "
            "It goes on by itself."
        ),
    ]
    requested_by: RequestedByUser
    type: TaskType
    description: str | None
    payload: dict[str, Any]


class ListTasksResponse(BaseModel):
    pagination: Pagination
    data: list[TaskFullResponse]


TaskResponse = Data[TaskFullResponse]
