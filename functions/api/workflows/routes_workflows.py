"""Workflows over HTTP: /workflows, their settings and locks."""

from typing import Annotated, Any

from functions.api.workflows.parameters import LockKey, WorkflowId, number
from functions.api.workflows.schemas_workflows import (
    CreateWorkflow,
    CreateWorkflowResponse,
    DeleteWorkflowResponse,
    GetWorkflowResponse,
    ListWorkflowsResponse,
    LockWorkflow,
    LockWorkflowResponse,
    PatchWorkflow,
    PatchWorkflowResponse,
    UnlockWorkflow,
    UnlockWorkflowResponse,
    WorkflowResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import Sort
from postrider.kit.clock import unix, unix_or_none
from postrider.workflows.editing import WorkflowEditing
from postrider.workflows.locks import WorkflowLocks
from postrider.workflows.model import Trigger, Workflow
from postrider.workflows.service import WorkflowService

operations = Operations("Workflow", MAIN)
Workflows = Annotated[WorkflowService, Depends(bootstrap.workflows)]
Editing = Annotated[WorkflowEditing, Depends(bootstrap.workflow_editing)]
Locks = Annotated[WorkflowLocks, Depends(bootstrap.workflow_locks)]
Reader = Annotated[Caller, Depends(needs("workflows:read"))]
Writer = Annotated[Caller, Depends(needs("workflows:write"))]
SORTS = {
    "name": "name",
    "description": "description",
    "goal": "goal",
    "status": "status",
    "created_on": "created_at",
    "updated_on": "updated_at",
    "activated_on": "activated_at",
}
"""Terms of the listing by attribute."""
TEXTS = ("name", "goal", "description")


def _response(workflow: Workflow) -> WorkflowResponse:
    return WorkflowResponse.model_validate(
        {
            "id": str(workflow.id),
            "name": workflow.name,
            "description": workflow.description,
            "goal": workflow.goal,
            "status": workflow.status.value,
            "trigger": workflow.trigger.value,
            "audience": {"list_id": workflow.list_id, "segment_id": workflow.segment_id},
            "created_on": unix(workflow.created_at),
            "updated_on": unix(workflow.updated_at),
            "activated_on": unix_or_none(workflow.activated_at),
        }
    )


def _settings(body: CreateWorkflow | PatchWorkflow) -> dict[str, Any]:
    """Return the settings that the body sets, in the words of the domain. Null clears a text."""
    settings: dict[str, Any] = {name: getattr(body, name) for name in TEXTS if name in body.model_fields_set}
    if "trigger" in body.model_fields_set and body.trigger is not None:
        settings["trigger"] = Trigger(body.trigger.value)
    if body.audience is not None:
        settings |= {"list_id": body.audience.list_id, "segment_id": body.audience.segment_id}
    return settings


def _blueprint(body: CreateWorkflow | PatchWorkflow) -> dict[str, Any]:
    if body.blueprint is None:
        return {}
    settings = body.blueprint.email_settings
    sender = None if settings is None else settings.sender.model_dump()
    return {"blueprint_id": number(body.blueprint.id), "sender": sender}


@operations.get("/workflows", "List workflows")
def list_workflows(
    caller: Reader, workflows: Workflows, paging: PageRequest, sort: Sort = None
) -> ListWorkflowsResponse:
    """Return a page of the account's workflows.

    Sortable by name, description, goal, status, created_on, updated_on and activated_on.
    """
    pagination, items = listing(workflows.all(caller.account_id), paging, sort=sort, sorts=SORTS)
    return ListWorkflowsResponse(pagination=pagination, data=[_response(workflow) for workflow in items])


@operations.post("/workflows", "Create a workflow", status=201)
def create_workflow(
    caller: Writer, editing: Editing, body: CreateWorkflow, lock_key: LockKey = None
) -> CreateWorkflowResponse:
    """Create an inactive workflow.

    `blueprint` copies the actions of a workflow blueprint, with the sender `blueprint.email_settings.sender`, and also name,
    goal, description and trigger unless the body has them. A new workflow is not locked, so that `lock_key` has no effect.
    Refused with 400: an unknown list, segment, blueprint or sender, and more than 500 workflows.
    """
    created = editing.create(caller.account_id, **_blueprint(body), **_created(_settings(body)))
    return CreateWorkflowResponse(id=str(created.id), object="workflow", created=True, data=_response(created))


@operations.get("/workflows/{workflow_id}", "Show a workflow")
def get_workflow(
    caller: Reader, locks: Locks, workflow_id: WorkflowId, lock_key: LockKey = None
) -> GetWorkflowResponse:
    """Return a workflow. Refused with 400 for a wrong key of its lock."""
    return GetWorkflowResponse(data=_response(locks.readable(caller.account_id, number(workflow_id), lock_key)))


@operations.patch("/workflows/{workflow_id}", "Change a workflow")
def patch_workflow(
    caller: Writer, editing: Editing, workflow_id: WorkflowId, body: PatchWorkflow, lock_key: LockKey = None
) -> PatchWorkflowResponse:
    """Change an inactive workflow; missing values do not change, and null clears a text.

    An `audience` without `segment_id` is the whole list. `blueprint` copies the actions of a blueprint into a workflow
    without actions. Refused with 400: an active or locked workflow, and values that a new workflow may not have.
    """
    changed = editing.change(
        caller.account_id, number(workflow_id), settings=_settings(body), lock_key=lock_key, **_blueprint(body)
    )
    return PatchWorkflowResponse(id=str(changed.id), object="workflow", patched=True, data=_response(changed))


@operations.delete("/workflows/{workflow_id}", "Delete a workflow")
def delete_workflow(caller: Writer, workflow_id: WorkflowId, lock_key: LockKey = None) -> DeleteWorkflowResponse:
    """Delete an inactive workflow with its actions. Refused with 400 while it is active or locked.

    Its reports and logs are kept; the entries of contacts are deleted in the background.
    """
    deleted = bootstrap.workflow_deletion().delete(caller.account_id, number(workflow_id), lock_key=lock_key)
    return DeleteWorkflowResponse(id=str(deleted.id), object="workflow", deleted=True, data=_response(deleted))


@operations.post("/workflows/{workflow_id}/lock", "Lock a workflow")
def lock_workflow(caller: Writer, locks: Locks, workflow_id: WorkflowId, body: LockWorkflow) -> LockWorkflowResponse:
    """Lock a workflow and its actions for 300 seconds: then changes need the key as `lock_key`.

    The same key extends the lock. Refused with 400 while the workflow is locked with another key.
    """
    seconds = locks.lock(caller.account_id, number(workflow_id), body.key)
    return LockWorkflowResponse(object="workflow", locked=True, expires_in=seconds)


@operations.post("/workflows/{workflow_id}/unlock", "Unlock a workflow")
def unlock_workflow(
    caller: Writer, locks: Locks, workflow_id: WorkflowId, body: UnlockWorkflow
) -> UnlockWorkflowResponse:
    """Remove the lock with its key. Refused with 400 while the workflow is locked with another key."""
    locks.unlock(caller.account_id, number(workflow_id), body.key)
    return UnlockWorkflowResponse(object="workflow", locked=False, expires_in=0)


def _created(settings: dict[str, Any]) -> dict[str, Any]:
    list_id = settings.pop("list_id")
    return {"list_id": list_id, "settings": settings}
