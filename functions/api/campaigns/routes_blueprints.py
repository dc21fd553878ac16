"""Campaign blueprints over HTTP: /campaign-blueprints."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.campaigns.render_contents import content_fields, contents_listing, summary_fields
from functions.api.campaigns.schemas_templates import (
    CampaignBlueprintResponse,
    CampaignBlueprintsResponse,
    CampaignBlueprintSummaryResponse,
    TemplateFullResponse,
)
from postrider import bootstrap
from postrider.blueprints.service import BlueprintService
from postrider.http import Depends, Operations
from postrider.http.main.contents import HTML, html_response
from postrider.http.main.dialect import MAIN
from postrider.http.main.paging import UnboundedPageRequest
from postrider.http.main.wire import Filter, Sort

operations = Operations("Campaign Blueprint", MAIN)
Blueprints = Annotated[BlueprintService, Depends(bootstrap.blueprints)]
BlueprintId = Annotated[int, Path()]


@operations.get("/campaign-blueprints", "List campaign blueprints", public=True)
def list_campaign_blueprints(
    blueprints: Blueprints, paging: UnboundedPageRequest, filter_text: Filter = None, sort: Sort = "id"
) -> CampaignBlueprintsResponse:
    """Return a page of the blueprints: the platform's stock of complete contents. No token is needed.

    Filterable by tag, name, is_owner (none is owned by an account) and is_not_owner; sortable by id, created_on,
    updated_on and name.
    """
    pagination, items = contents_listing(blueprints.all(), paging, sort=sort, filter_text=filter_text)
    data = [CampaignBlueprintSummaryResponse.model_validate(summary_fields(blueprint)) for blueprint in items]
    return CampaignBlueprintsResponse(pagination=pagination, data=data)


@operations.get("/campaign-blueprints/{blueprint_id}", "Show a campaign blueprint", public=True)
def get_campaign_blueprint(blueprints: Blueprints, blueprint_id: BlueprintId) -> CampaignBlueprintResponse:
    """Return a blueprint with its content: the source in MJML and the HTML. No token is needed.

    Use its id as `content.blueprint.id` of a new campaign to copy it.
    """
    blueprint = blueprints.get(blueprint_id)
    content = content_fields(blueprints.content(blueprint))
    return CampaignBlueprintResponse(
        data=TemplateFullResponse.model_validate(
            {**summary_fields(blueprint), "trigger_name": None, "content": content}
        )
    )


@operations.get(
    "/campaign-blueprints/{blueprint_id}/render", "Render a campaign blueprint", public=True, responses=HTML
)
def render_campaign_blueprint(blueprints: Blueprints, blueprint_id: BlueprintId) -> Response[str]:
    """Return the HTML of a blueprint, merged for an example company without a contact. No token is needed."""
    return html_response(blueprints.render(blueprint_id))
