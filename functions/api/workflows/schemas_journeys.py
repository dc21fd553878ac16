"""Define requests and responses: contacts in workflows."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import PageOf
from postrider.http.main.wire import SelectionBody, Unix

MAX_IDS = 1024


class StartWorkflow(SelectionBody):
    contact_ids: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=MAX_IDS)] | None = None


class StartWorkflowResponse(BaseModel):
    id: str
    object: Literal["workflow"]
    started: Annotated[bool, Field(description="true: the contacts enter now, or by the task.")]
    task_id: Annotated[
        str | None, Field(description="The task that lets contacts of an expression enter; null if they enter at once.")
    ]


class WorkflowContactResponse(BaseModel):
    contact_id: int
    email: str
    action_id: Annotated[str, Field(description="The action whose mail the contact waits for.")]
    entry: Annotated[int, Field(description="Number of the entry of the contact into the workflow.")]
    entered_on: Unix
    since: Annotated[Unix, Field(description="When the contact began to wait for the action.")]
    due_on: Annotated[Unix, Field(description="When its conditions are checked and its mail is sent.")]


class RemoveContactFromWorkflowResponse(BaseModel):
    id: int
    object: Literal["contact"]
    removed: bool


WorkflowContactsResponse = PageOf[WorkflowContactResponse]
