"""Actions over HTTP: /workflows/{workflow_id}/actions."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.workflows import render_actions as render
from functions.api.workflows.parameters import ActionId, LockKey, WorkflowId, number
from functions.api.workflows.schemas_actions import (
    ActionResponse,
    ActionsResponse,
    CreateAction,
    CreateActionResponse,
    DeleteActionResponse,
    GetActionResponse,
    PatchAction,
    PatchActionResponse,
    SendTestAction,
    SendTestActionResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations, Response
from postrider.http.main.auth import needs
from postrider.http.main.contents import HTML, html_response, warnings
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import UnboundedPageRequest
from postrider.http.main.wire import Sort
from postrider.workflows.actions import ActionEditing
from postrider.workflows.locks import WorkflowLocks
from postrider.workflows.model import Action, ActionCondition
from postrider.workflows.service import WorkflowService

operations = Operations("Action", MAIN)
Workflows = Annotated[WorkflowService, Depends(bootstrap.workflows)]
Editing = Annotated[ActionEditing, Depends(bootstrap.action_editing)]
Locks = Annotated[WorkflowLocks, Depends(bootstrap.workflow_locks)]
Reader = Annotated[Caller, Depends(needs("workflows:read"))]
Writer = Annotated[Caller, Depends(needs("workflows:write"))]


def _full(workflows: WorkflowService, action: Action) -> ActionResponse:
    workflow = workflows.get(action.account_id, action.workflow_id)
    return render.full(action, workflows.content(action, workflow.list_id))


def _settings(body: CreateAction | PatchAction) -> dict[str, Any]:
    """Return the settings that the body sets, without the content, in the words of the domain."""
    values = body.model_dump(mode="json", exclude_unset=True)
    settings: dict[str, Any] = {"name": body.name} if values.get("name") is not None else {}
    if "parent_id" in values:
        settings["parent_id"] = None if body.parent_id is None else number(body.parent_id)
    if body.condition is not None:
        settings["condition"] = ActionCondition(body.condition.value)
    if body.delay is not None:
        settings["delay_s"] = body.delay
    mail = values.get("email_settings") or {}
    if sender := mail.get("sender"):
        settings |= {"sender_id": sender["id"], "sender_name": sender.get("name")}
    if mail.get("tracking"):
        settings["tracking"] = mail["tracking"]
    return settings


def _content(body: CreateAction | PatchAction) -> dict[str, Any]:
    """Return the fields of the content that the body sets, in the words of the domain."""
    if body.email_settings is None or body.email_settings.content is None:
        return {}
    return body.email_settings.content.model_dump(mode="json", exclude_unset=True, exclude={"template"})


@operations.get("/workflows/{workflow_id}/actions", "List the actions of a workflow")
def list_actions(
    caller: Reader, workflows: Workflows, workflow_id: WorkflowId, paging: UnboundedPageRequest, sort: Sort = None
) -> ActionsResponse:
    """Return a page of the actions of a workflow, without their mails. Sortable by name and created_on."""
    workflow = workflows.get(caller.account_id, number(workflow_id))
    pagination, items = listing(
        workflows.actions(caller.account_id, workflow.id),
        paging,
        sort=sort,
        sorts=render.SORTS,
    )
    return ActionsResponse(pagination=pagination, data=[render.summary(action) for action in items])


@operations.post("/workflows/{workflow_id}/actions", "Create an action", status=201)
def create_action(
    caller: Writer,
    workflows: Workflows,
    editing: Editing,
    workflow_id: WorkflowId,
    body: CreateAction,
    lock_key: LockKey = None,
) -> CreateActionResponse:
    """Create an action; the first action of a workflow has no `parent_id`, others have the action that they follow.

    The content is checked as for campaigns; `content.template` copies a template, and other members of `content` override
    the copy. Refused with 400: an active or locked workflow, a second first action, a first action with a
    condition, a delay over 365 days, more than 90 actions, an unknown parent, sender or template.
    """
    template = body.email_settings.content.template if body.email_settings else None
    settings = _settings(body)
    action = editing.create(
        caller.account_id,
        number(workflow_id),
        **{name: settings.pop(name) for name in ("name", "condition", "delay_s")},
        parent_id=settings.pop("parent_id", None),
        settings=settings,
        content=_content(body),
        template_id=template.id if template else None,
        lock_key=lock_key,
    )
    return CreateActionResponse(id=str(action.id), object="action", created=True, data=_full(workflows, action))


@operations.get("/workflows/{workflow_id}/actions/{action_id}", "Show an action")
def get_action(
    caller: Reader,
    workflows: Workflows,
    locks: Locks,
    workflow_id: WorkflowId,
    action_id: ActionId,
    lock_key: LockKey = None,
) -> GetActionResponse:
    """Return an action with its mail."""
    workflow = locks.readable(caller.account_id, number(workflow_id), lock_key)
    action = workflows.action(caller.account_id, workflow.id, number(action_id))
    return GetActionResponse(data=render.full(action, workflows.content(action, workflow.list_id)))


@operations.patch("/workflows/{workflow_id}/actions/{action_id}", "Change an action")
def patch_action(
    caller: Writer,
    workflows: Workflows,
    editing: Editing,
    workflow_id: WorkflowId,
    action_id: ActionId,
    body: PatchAction,
    lock_key: LockKey = None,
) -> PatchActionResponse:
    """Change an action of an inactive workflow; missing values do not change, also inside `email_settings`.

    Refused with 400: an active or locked workflow, an action that would follow itself, and values that a new action may not
    have. Contacts that have passed the action are not affected.
    """
    action = editing.change(
        caller.account_id,
        number(workflow_id),
        number(action_id),
        settings=_settings(body),
        content=_content(body),
        lock_key=lock_key,
    )
    return PatchActionResponse(id=str(action.id), object="action", patched=True, data=_full(workflows, action))


@operations.delete("/workflows/{workflow_id}/actions/{action_id}", "Delete an action")
def delete_action(
    caller: Writer, editing: Editing, workflow_id: WorkflowId, action_id: ActionId, lock_key: LockKey = None
) -> DeleteActionResponse:
    """Delete an action without following actions. Refused with 400 in an active or locked workflow."""
    action, content = editing.delete(caller.account_id, number(workflow_id), number(action_id), lock_key=lock_key)
    data = render.full(action, content)
    return DeleteActionResponse(id=str(action.id), object="action", deleted=True, data=data)


@operations.get("/workflows/{workflow_id}/actions/{action_id}/render", "Render an action", responses=HTML)
def render_action(
    caller: Reader,
    workflows: Workflows,
    locks: Locks,
    workflow_id: WorkflowId,
    action_id: ActionId,
    lock_key: LockKey = None,
    contact_id: Annotated[int | None, Query(ge=1, description="Merge this contact's data.")] = None,
) -> Response[str]:
    """Return the HTML of an action, merged for one contact or with example values.

    A text-only content is shown as preformatted text. Links are not tracked and have no effect.
    """
    workflow = locks.readable(caller.account_id, number(workflow_id), lock_key)
    action = workflows.action(caller.account_id, workflow.id, number(action_id))
    return html_response(bootstrap.action_renderer().render_html(workflow, action, contact_id=contact_id))


@operations.post("/workflows/{workflow_id}/actions/{action_id}/send-test", "Send a test of an action")
def send_test_action(
    caller: Writer,
    workflows: Workflows,
    locks: Locks,
    workflow_id: WorkflowId,
    action_id: ActionId,
    body: SendTestAction,
    lock_key: LockKey = None,
) -> SendTestActionResponse:
    """Mail an action to one address as a test.

    `merged` sends one mail with both parts, `separated` one mail for HTML and one for text. The sender must be
    confirmed, and the address must not be suppressed. Tests are not tracked and not counted.
    """
    workflow = locks.readable(caller.account_id, number(workflow_id), lock_key)
    action = workflows.action(caller.account_id, workflow.id, number(action_id))
    renderer = bootstrap.action_renderer()
    renderer.send_test(workflow, action, to=body.email, separated=body.type == "separated")
    faults = warnings(caller.account_id, renderer.warnings(workflow, action))
    return SendTestActionResponse(id=str(action.id), object="action", sent=True, warnings=faults)
