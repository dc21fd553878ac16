"""Sends of triggered campaigns over HTTP."""

from itertools import islice
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.campaigns.render_campaigns import campaign_summary, full_campaign
from functions.api.campaigns.schemas_campaigns import CampaignSummaryResponse
from functions.api.campaigns.schemas_children import (
    CampaignProblemsResponse,
    CampaignSendsResponse,
    SendAgain,
    SendAgainResponse,
)
from postrider import bootstrap
from postrider.campaigns.children.model import (
    Audience,
    FilteredAudience,
    NamedAudience,
    NamedPerson,
    ParentAudience,
    SegmentAudience,
)
from postrider.campaigns.children.service import CampaignChildren
from postrider.campaigns.service import CampaignService
from postrider.campaigns.views import CampaignViews
from postrider.contacts.identifiers import Identifier
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.contents import warnings
from postrider.http.main.dialect import MAIN
from postrider.http.main.paging import check_page
from postrider.http.main.wire import CampaignId, PerPage
from postrider.kit.clock import from_unix
from postrider.kit.errors import Invalid

operations = Operations("Campaign", MAIN)
Campaigns = Annotated[CampaignService, Depends(bootstrap.campaigns)]
Children = Annotated[CampaignChildren, Depends(bootstrap.campaign_children)]
Views = Annotated[CampaignViews, Depends(bootstrap.campaign_views)]
Reader = Annotated[Caller, Depends(needs("campaigns:read"))]
Writer = Annotated[Caller, Depends(needs("campaigns:write"))]
MAX_NUMBER = 10**9
"""A number above the number of sends of any campaign."""
Before = Annotated[
    int | None,
    Query(
        ge=1,
        le=MAX_NUMBER,
        description="Show the sends before the one with this number: the `before` of the last page.",
    ),
]


@operations.post("/campaigns/{campaign_id}/send-again", "Send a triggered campaign", status=201)
def send_campaign_again(
    caller: Writer, campaigns: Campaigns, children: Children, views: Views, campaign_id: CampaignId, body: SendAgain
) -> SendAgainResponse:
    """Send a campaign that was created with `triggered`, and return the sending, which is a separate campaign.

    It has the current content, its own audience, data, progress and report, and can be suspended, resumed and cancelled. A
    person gets each sending at most once. Refused with 400 for problems that prevent scheduling, and for unknown contacts.
    """
    audience = _audience(caller.account_id, campaigns, campaign_id, body)
    moment = None if body.date is None else from_unix(body.date)
    child = children.send_again(caller.account_id, campaign_id, audience=audience, data=body.data, moment=moment)
    data = full_campaign(views.details(child), campaigns.content(child))
    faults = bootstrap.campaign_renderer().warnings(child)
    return SendAgainResponse(
        id=child.id, object="campaign", created=True, data=data, warnings=warnings(caller.account_id, faults)
    )


@operations.get("/campaigns/{campaign_id}/sends", "List the sends of a triggered campaign")
def list_campaign_sends(
    caller: Reader,
    campaigns: Campaigns,
    views: Views,
    campaign_id: CampaignId,
    before: Before = None,
    per_page: PerPage = 50,
) -> CampaignSendsResponse:
    """Return a page of the sends of a triggered campaign, the latest first. They are not in the list of campaigns."""
    check_page(1, per_page)
    account_id = caller.account_id
    campaigns.get(account_id, campaign_id)
    sends = list(islice(campaigns.children(account_id, campaign_id, before=before), per_page + 1))
    shown = sends[:per_page]
    return CampaignSendsResponse(
        before=shown[-1].number if len(sends) > per_page else None,
        data=[CampaignSummaryResponse.model_validate(campaign_summary(view)) for view in views.of(account_id, shown)],
    )


@operations.get("/campaigns/{campaign_id}/problems", "Show why a sending was refused")
def get_campaign_problems(
    caller: Reader, campaigns: Campaigns, children: Children, campaign_id: CampaignId
) -> CampaignProblemsResponse:
    """Return a line for each person who could not be mailed by a sending of a triggered campaign; kept for 200 days."""
    return CampaignProblemsResponse(data=children.problems(campaigns.get(caller.account_id, campaign_id)))


def _audience(account_id: str, campaigns: CampaignService, campaign_id: int, body: SendAgain) -> Audience:
    """Return the audience of the body. Raises Invalid for several audiences, and for an invalid filter."""
    if sum(part is not None for part in (body.segment_id, body.query, body.contact_ids)) > 1:
        raise Invalid("Send only one of segment_id, query and contact_ids.", code="several_audiences", field="audience")
    if body.segment_id is not None:
        return SegmentAudience(segment_id=body.segment_id)
    if body.contact_ids is not None:
        people = [
            NamedPerson(line=place, identifier=Identifier.contact_id(contact_id))
            for place, contact_id in enumerate(body.contact_ids, start=1)
        ]
        return NamedAudience(people=people)
    if body.query is not None:
        list_id = campaigns.get(account_id, campaign_id).list_id
        if list_id is None:
            raise Invalid(
                "The campaign has no list; set one.", code="campaign_incomplete", field=("audience", "list_id")
            )
        bound = bootstrap.filter_evaluator().bind(account_id, list_id, {"query": body.query})
        assert bound is not None  # there is an expression
        return FilteredAudience(tree=bound.tree)
    return ParentAudience()
