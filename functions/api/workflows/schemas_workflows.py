"""Define requests and responses: workflows and their blueprints."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from functions.api.workflows.parameters import LOCK_KEY_PATTERN
from postrider.http.envelopes import PageOf
from postrider.http.main.contents import SenderAndName, Warning
from postrider.http.main.wire import Line, Pagination, Unix

MAX_TEXT_CHARS = 2000
LongText = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
IdText = Annotated[str, Field(max_length=64)]
Key = Annotated[str, Field(pattern=LOCK_KEY_PATTERN, max_length=255, description="Lock key chosen by the client.")]


class WorkflowStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class WorkflowTrigger(StrEnum):
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"


class WorkflowAudience(BaseModel):
    list_id: int
    segment_id: int | None = None


class ActionDefaultEmailSettings(BaseModel):
    sender: SenderAndName


class WorkflowFromBlueprint(BaseModel):
    """Start from a workflow blueprint."""

    id: IdText
    email_settings: ActionDefaultEmailSettings | None = None


class CreateWorkflow(BaseModel):
    name: Line | None = None
    goal: LongText | None = None
    description: LongText | None = None
    trigger: WorkflowTrigger | None = WorkflowTrigger("subscribed")
    audience: WorkflowAudience
    blueprint: WorkflowFromBlueprint | None = None


class PatchWorkflow(BaseModel):
    name: Line | None = None
    goal: LongText | None = None
    description: LongText | None = None
    trigger: WorkflowTrigger | None = None
    audience: WorkflowAudience | None = None
    blueprint: WorkflowFromBlueprint | None = None


class WorkflowResponse(BaseModel):
    id: str
    name: str | None
    description: str | None
    goal: str | None
    status: WorkflowStatus | None
    trigger: WorkflowTrigger | None
    audience: WorkflowAudience | None
    created_on: Unix | None
    updated_on: Unix | None
    activated_on: Unix | None


class ListWorkflowsResponse(BaseModel):
    pagination: Pagination
    data: list[WorkflowResponse]


class CreateWorkflowResponse(BaseModel):
    id: str
    object: Literal["workflow"]
    created: bool
    data: WorkflowResponse


class GetWorkflowResponse(BaseModel):
    data: WorkflowResponse


class PatchWorkflowResponse(BaseModel):
    id: str
    object: Literal["workflow"]
    patched: bool
    data: WorkflowResponse


class DeleteWorkflowResponse(BaseModel):
    id: str
    object: Literal["workflow"]
    deleted: bool
    data: WorkflowResponse


class ActivateWorkflowResponse(BaseModel):
    id: str
    object: Literal["workflow"]
    activated: bool
    warnings: list[Warning]


class DeactivateWorkflowResponse(BaseModel):
    id: str
    object: Literal["workflow"]
    deactivated: bool


class LockWorkflow(BaseModel):
    key: Key


class UnlockWorkflow(BaseModel):
    key: Key


class LockWorkflowResponse(BaseModel):
    object: Literal["workflow"]
    locked: bool
    expires_in: Annotated[int, Field(description="Seconds until the lock expires.")]


class UnlockWorkflowResponse(BaseModel):
    object: Literal["workflow"]
    locked: bool
    expires_in: int


class WorkflowBlueprint(BaseModel):
    id: str
    name: str
    description: str | None
    goal: str
    trigger: WorkflowTrigger | None
    created_on: Unix | None
    updated_on: Unix | None


class WorkflowBlueprintResponse(BaseModel):
    data: WorkflowBlueprint


WorkflowBlueprintsResponse = PageOf[WorkflowBlueprint]
