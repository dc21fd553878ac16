"""The activation of workflows over HTTP, and their diagrams."""

from enum import StrEnum
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.workflows.parameters import LockKey, WorkflowId, number
from functions.api.workflows.schemas_workflows import ActivateWorkflowResponse, DeactivateWorkflowResponse
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations, Request, Response
from postrider.http.main.auth import needs
from postrider.http.main.contents import POLICY, warnings
from postrider.http.main.dialect import MAIN
from postrider.usecases.deactivate_workflow import WorkflowDeactivation
from postrider.workflows.activation import WorkflowActivation
from postrider.workflows.counts import ActionCounter
from postrider.workflows.locks import WorkflowLocks
from postrider.workflows.rules import below
from postrider.workflows.service import WorkflowService

operations = Operations("Workflow", MAIN)
Activation = Annotated[WorkflowActivation, Depends(bootstrap.workflow_activation)]
Deactivation = Annotated[WorkflowDeactivation, Depends(bootstrap.workflow_deactivation)]
Workflows = Annotated[WorkflowService, Depends(bootstrap.workflows)]
Locks = Annotated[WorkflowLocks, Depends(bootstrap.workflow_locks)]
Counter = Annotated[ActionCounter, Depends(bootstrap.step_counter)]
Reader = Annotated[Caller, Depends(needs("workflows:read"))]
Writer = Annotated[Caller, Depends(needs("workflows:write"))]
MERMAID, SVG = "text/vnd.mermaid", "image/svg+xml"
DRAWN: dict[int, Any] = {
    200: {
        "description": "The diagram.",
        "content": {kind: {"schema": {"type": "string"}} for kind in (MERMAID, SVG)},
    }
}


class DiagramFormat(StrEnum):
    MERMAID = "mermaid"
    SVG = "svg"


@operations.post("/workflows/{workflow_id}/activate", "Activate a workflow")
def activate_workflow(
    caller: Writer,
    activation: Activation,
    workflow_id: WorkflowId,
    lock_key: LockKey = None,
    sender_email: Annotated[
        str | None, Query(description="Address of the confirmed sender for actions without a sender.")
    ] = None,
) -> ActivateWorkflowResponse:
    """Activate the workflow, so that contacts can enter it.

    Refused with 400: a list that is archived or whose policy has not been accepted; a workflow without actions; an action
    without a confirmed sender, subject or content, or whose content cannot be merged for the list; an active or locked
    workflow. The answer names the action. `warnings` are faults that do not prevent the activation.
    """
    faults = activation.activate(caller.account_id, number(workflow_id), sender_email=sender_email, lock_key=lock_key)
    return ActivateWorkflowResponse(
        id=workflow_id, object="workflow", activated=True, warnings=warnings(caller.account_id, faults)
    )


@operations.post("/workflows/{workflow_id}/deactivate", "Deactivate a workflow")
def deactivate_workflow(
    caller: Writer, deactivation: Deactivation, workflow_id: WorkflowId, lock_key: LockKey = None
) -> DeactivateWorkflowResponse:
    """Deactivate a workflow: contacts can no longer enter it, and waiting mails are not sent.

    Refused with 400 if it is inactive or locked.
    """
    deactivation.deactivate(caller.account_id, number(workflow_id), lock_key=lock_key)
    return DeactivateWorkflowResponse(id=workflow_id, object="workflow", deactivated=True)


@operations.get("/workflows/{workflow_id}/diagram", "Draw a workflow", responses=DRAWN)
def get_workflow_diagram(
    caller: Reader,
    workflows: Workflows,
    locks: Locks,
    counter: Counter,
    request: Request,
    workflow_id: WorkflowId,
    format: Annotated[
        DiagramFormat | None, Query(description="Goes before the Accept header; Mermaid text without either.")
    ] = None,
    lock_key: LockKey = None,
) -> Response[str]:
    """Draw the tree of actions with their delays and conditions, and the counts of each: as Mermaid text or as SVG.

    Opens and clicks of machines are not counted.
    """
    from postrider.workflows import diagram, diagram_svg

    workflow = locks.readable(caller.account_id, number(workflow_id), lock_key)
    actions = below(workflows.actions(caller.account_id, workflow.id), None)
    drawn = diagram.Diagram(workflow=workflow, actions=actions, counts=counter.counts(workflow, actions))
    if format is DiagramFormat.SVG or (format is None and _prefers_svg(request)):
        return _drawing(SVG, diagram_svg.svg(drawn))
    return _drawing(MERMAID, diagram.mermaid(drawn))


def _prefers_svg(request: Request) -> bool:
    accepted = next((value for name, value in request.headers.items() if name.lower() == "accept"), "")
    return SVG in accepted.lower() and MERMAID not in accepted.lower()


def _drawing(kind: str, text: str) -> Response[str]:
    headers: dict[str, str | list[str]] = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(200, f"{kind}; charset=utf-8", text, headers)
