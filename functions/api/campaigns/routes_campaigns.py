"""Campaigns over HTTP: /campaigns, their contents and renderings."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.campaigns.render_campaigns import campaign_summary, full_campaign
from functions.api.campaigns.schemas_campaigns import (
    CampaignResponse,
    CampaignRevision,
    CampaignRevisionsResponse,
    CampaignsResponse,
    CampaignSummaryResponse,
    CreateCampaign,
    CreateCampaignResponse,
    DeleteCampaignResponse,
    PatchCampaign,
    PatchCampaignResponse,
    RenderCampaignFullResponse,
    RenderCampaignResponse,
    SendTestEmail,
    SendTestEmailResponse,
)
from postrider import bootstrap
from postrider.campaigns.drafts import CampaignDrafts
from postrider.campaigns.rules import SORTS
from postrider.campaigns.service import CampaignService
from postrider.campaigns.views import CampaignViews
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.contents import content_warnings, warnings
from postrider.http.main.dialect import MAIN
from postrider.http.main.filtering import parse_filter
from postrider.http.main.paging import PageRequest, UnboundedPageRequest
from postrider.http.main.sorting import parse_sort
from postrider.http.main.wire import (
    CampaignId,
    CampaignIdUnbounded,
    Filter,
    Sort,
)
from postrider.kit.errors import Invalid
from postrider.kit.sorting import Sort as Order

operations = Operations("Campaign", MAIN)
Campaigns = Annotated[CampaignService, Depends(bootstrap.campaigns)]
Drafts = Annotated[CampaignDrafts, Depends(bootstrap.campaign_drafts)]
Views = Annotated[CampaignViews, Depends(bootstrap.campaign_views)]
Reader = Annotated[Caller, Depends(needs("campaigns:read"))]
Writer = Annotated[Caller, Depends(needs("campaigns:write"))]
FILTERS = ("status", "name", "type", "list_id")


def _settings(body: CreateCampaign | PatchCampaign) -> dict[str, Any]:
    """Return the settings that the body sets, without the content, in the words of the domain. Null clears a setting."""
    values = body.model_dump(mode="json", exclude_unset=True, exclude={"content", "triggered"})
    settings: dict[str, Any] = {}
    if body.name is not None:
        settings["name"] = body.name
    if "audience" in values:
        audience = values["audience"] or {"list_id": None, "segment_id": None}
        settings |= {name: audience[name] for name in ("list_id", "segment_id") if name in audience}
        if "list_id" in audience and "segment_id" not in audience:
            settings["segment_id"] = None
    if "sender" in values:
        sender = values["sender"] or {"id": None}
        settings |= {"sender_id": sender["id"], "sender_name": sender.get("name")}
    if "tracking" in values:
        settings["tracking"] = values["tracking"]
    if "reply_to_email" in values:
        settings["reply_to_email"] = values["reply_to_email"]
    return settings


def _content(body: CreateCampaign | PatchCampaign) -> dict[str, Any]:
    if body.content is None:
        return {}
    return body.content.model_dump(mode="json", exclude_unset=True, exclude={"template", "blueprint"})


@operations.get("/campaigns", "List campaigns")
def list_campaigns(
    caller: Reader, views: Views, paging: PageRequest, filter_text: Filter = None, sort: Sort = None
) -> CampaignsResponse:
    """Return a page of the account's campaigns, without the sends of triggered ones.

    Filterable by status, name, type and list_id; sortable by name, created_on, scheduled_for, scheduled_on,
    updated_on and type.
    """
    paging.check()
    filters = parse_filter(filter_text, allowed=FILTERS)
    if not all(value.isascii() and value.isdecimal() and len(value) < 16 for value in filters.get("list_id", [])):
        raise Invalid("list_id must be a number.", field="filter")
    result = views.page(
        caller.account_id,
        page=paging.page,
        per_page=paging.per_page,
        with_count=paging.with_count,
        sort=parse_sort(sort, allowed=SORTS) or Order("id", descending=False),
        filters=filters,
    )
    return CampaignsResponse(
        pagination=paging.pagination(result.count),
        data=[CampaignSummaryResponse.model_validate(campaign_summary(view)) for view in result.items],
    )


@operations.post("/campaigns", "Create a campaign", status=201)
def create_campaign(caller: Writer, drafts: Drafts, body: CreateCampaign) -> CreateCampaignResponse:
    """Create a campaign as a draft; only its name is required.

    The list, segment and sender must belong to the account. The content is checked: invalid merge tags, unsafe headers and
    too deeply nested HTML are refused with 400 and their place. `next_building_step` is the next missing setting before it
    can be scheduled. `content.template` or `content.blueprint` copies a content; other members of `content` override the
    copy. A campaign with `triggered` is sent any number of times by `send-again`, and never scheduled itself.
    """
    settings = _settings(body)
    template, blueprint = (body.content.template, body.content.blueprint) if body.content else (None, None)
    created, content = drafts.create(
        caller.account_id,
        name=settings.pop("name"),
        settings=settings,
        content=_content(body),
        template_id=template.id if template else None,
        blueprint_id=blueprint.id if blueprint else None,
        triggered=bool(body.triggered),
    )
    return CreateCampaignResponse(
        id=created.campaign.id, object="campaign", created=True, data=full_campaign(created, content)
    )


@operations.get("/campaigns/{campaign_id}", "Show a campaign")
def get_campaign(
    caller: Reader,
    campaigns: Campaigns,
    views: Views,
    campaign_id: CampaignIdUnbounded,
    revision_id: Annotated[int | None, Query(description="Show the content of this revision.")] = None,
) -> CampaignResponse:
    """Return a campaign with its content.

    `revision_id` selects an older revision of the content.
    """
    campaign = campaigns.get(caller.account_id, campaign_id)
    return CampaignResponse(data=full_campaign(views.details(campaign), campaigns.content(campaign, revision_id)))


@operations.patch("/campaigns/{campaign_id}", "Change a campaign")
def patch_campaign(
    caller: Writer,
    campaigns: Campaigns,
    views: Views,
    drafts: Drafts,
    campaign_id: CampaignId,
    body: PatchCampaign,
) -> PatchCampaignResponse:
    """Change a draft; missing values do not change.

    Every change of the content creates a revision. Refused with 400 after the campaign was scheduled: unschedule it first.
    """
    changed = drafts.change(caller.account_id, campaign_id, settings=_settings(body), content=_content(body))
    data = full_campaign(views.details(changed), campaigns.content(changed))
    return PatchCampaignResponse(id=changed.id, object="campaign", updated=True, data=data)


@operations.delete("/campaigns/{campaign_id}", "Delete a campaign")
def delete_campaign(caller: Writer, drafts: Drafts, campaign_id: CampaignIdUnbounded) -> DeleteCampaignResponse:
    """Delete a campaign that has never been sent.

    Refused with 400 in any other state; archive it instead.
    """
    drafts.delete(caller.account_id, campaign_id)
    return DeleteCampaignResponse(id=campaign_id, object="campaign", deleted=True)


@operations.get("/campaigns/{campaign_id}/render", "Render a campaign")
def render_campaign(
    caller: Reader,
    campaigns: Campaigns,
    campaign_id: CampaignIdUnbounded,
    contact_id: Annotated[int | None, Query(ge=1, description="Merge this contact's data.")] = None,
    variant_id: Annotated[int | None, Query(ge=1, description="Show this variant of the content.")] = None,
) -> RenderCampaignResponse:
    """Return the HTML and the text of a campaign, merged for one contact or with example values.

    Without a variant, it renders the variant for the contact, or else the campaign's own content.

    Links are not tracked and have no effect. `warnings` are about tags of unknown attributes, and about HTML that Gmail would
    cut off.
    """
    campaign = campaigns.get(caller.account_id, campaign_id)
    rendered = bootstrap.campaign_renderer().render(campaign, contact_id=contact_id, variant_id=variant_id)
    data = RenderCampaignFullResponse(
        html=rendered.html, text=rendered.text, warnings=content_warnings(rendered.warnings)
    )
    return RenderCampaignResponse(data=data)


@operations.post("/campaigns/{campaign_id}/send-test", "Send a test mail")
def send_test_email(
    caller: Writer, campaigns: Campaigns, campaign_id: CampaignId, body: SendTestEmail
) -> SendTestEmailResponse:
    """Mail a campaign to one address as a test.

    `merged` sends one mail with both parts, `separated` one mail for HTML and one for text. The sender must be
    confirmed, and the address must not be suppressed. Tests are not tracked and not counted.
    """
    campaign = campaigns.get(caller.account_id, campaign_id)
    kind = body.type or "merged"
    bootstrap.campaign_renderer().send_test(
        campaign, to=body.email, separated=kind == "separated", variant_id=body.variant_id
    )
    mail_warnings = warnings(caller.account_id, bootstrap.campaign_renderer().warnings(campaign))
    return SendTestEmailResponse(email=body.email, type=kind, object="test_email", sent=True, warnings=mail_warnings)


@operations.get("/campaigns/{campaign_id}/revisions", "List the revisions of a campaign's content")
def get_campaign_revisions(
    caller: Reader, campaigns: Campaigns, campaign_id: CampaignIdUnbounded, paging: UnboundedPageRequest
) -> CampaignRevisionsResponse:
    """Return a page of the revisions of a campaign's content, newest first.

    Read one with `revision_id` of the campaign.
    """
    paging.check()
    result = campaigns.revisions(caller.account_id, campaign_id, page=paging.page, per_page=paging.per_page)
    return CampaignRevisionsResponse(
        pagination=paging.pagination(result.count),
        data=[CampaignRevision(id=revision.number, date=revision.made_at.isoformat()) for revision in result.items],
    )
