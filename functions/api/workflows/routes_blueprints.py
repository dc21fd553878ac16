"""Workflow blueprints over HTTP: /workflow-blueprints."""

from typing import Annotated, Any

from functions.api.workflows import render_actions as render
from functions.api.workflows.parameters import ActionId, BlueprintId, number
from functions.api.workflows.schemas_actions import (
    TRACKING,
    ActionBlueprint,
    ActionsResponse,
    WorkflowBlueprintActionResponse,
)
from functions.api.workflows.schemas_workflows import (
    WorkflowBlueprint,
    WorkflowBlueprintResponse,
    WorkflowBlueprintsResponse,
)
from postrider import bootstrap
from postrider.http import Depends, Operations
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import UnboundedPageRequest
from postrider.http.main.wire import Sort
from postrider.kit.clock import unix
from postrider.workflows import blueprints
from postrider.workflows.blueprints import WorkflowBlueprintService

operations = Operations("Workflow Blueprint", MAIN)
Blueprints = Annotated[WorkflowBlueprintService, Depends(bootstrap.workflow_blueprints)]
SORTS = {
    "name": "name",
    "description": "description",
    "goal": "goal",
    "created_on": "created_at",
    "updated_on": "updated_at",
}
"""Terms of the listing by attribute."""


def _response(blueprint: blueprints.WorkflowBlueprint) -> WorkflowBlueprint:
    fields: dict[str, Any] = {name: getattr(blueprint, name) for name in ("name", "description", "goal")}
    return WorkflowBlueprint.model_validate(
        {
            **fields,
            "id": str(blueprint.id),
            "trigger": blueprint.trigger.value,
            "created_on": unix(blueprint.created_at),
            "updated_on": unix(blueprint.updated_at),
        }
    )


@operations.get("/workflow-blueprints", "List workflow blueprints", public=True)
def list_workflow_blueprints(
    blueprints: Blueprints, paging: UnboundedPageRequest, sort: Sort = None
) -> WorkflowBlueprintsResponse:
    """Return a page of the blueprints: the platform's stock of complete workflows. No token is needed.

    Sortable by name, description, goal, created_on and updated_on.
    """
    pagination, items = listing(blueprints.all(), paging, sort=sort, sorts=SORTS)
    return WorkflowBlueprintsResponse(pagination=pagination, data=[_response(blueprint) for blueprint in items])


@operations.get("/workflow-blueprints/{blueprint_id}", "Show a workflow blueprint", public=True)
def get_workflow_blueprint(blueprints: Blueprints, blueprint_id: BlueprintId) -> WorkflowBlueprintResponse:
    """Return a blueprint. Use its id as `blueprint.id` of a new workflow to copy it. No token is needed."""
    return WorkflowBlueprintResponse(data=_response(blueprints.get(number(blueprint_id))))


@operations.get("/workflow-blueprints/{blueprint_id}/actions", "List the actions of a blueprint", public=True)
def list_workflow_blueprint_actions(
    blueprints: Blueprints, blueprint_id: BlueprintId, paging: UnboundedPageRequest, sort: Sort = None
) -> ActionsResponse:
    """Return a page of the actions of a blueprint, without their mails. Sortable by name and created_on."""
    pagination, items = listing(
        blueprints.get(number(blueprint_id)).actions,
        paging,
        sort=sort,
        sorts=render.SORTS,
    )
    return ActionsResponse(pagination=pagination, data=[render.summary(action) for action in items])


@operations.get("/workflow-blueprints/{blueprint_id}/actions/{action_id}", "Show an action of a blueprint", public=True)
def get_workflow_blueprint_action(
    blueprints: Blueprints, blueprint_id: BlueprintId, action_id: ActionId
) -> WorkflowBlueprintActionResponse:
    """Return an action of a blueprint with its content: the source in MJML and the HTML. No token is needed."""
    action = blueprints.action(number(blueprint_id), number(action_id))
    content = render.content_fields(blueprints.content(action))
    settings = {"tracking": TRACKING, "content": content}
    data = ActionBlueprint.model_validate({**render.base_fields(action), "email_settings": settings})
    return WorkflowBlueprintActionResponse(data=data)
