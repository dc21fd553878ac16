"""Newsletters over Customer.io's App API: /v1/newsletters."""

from itertools import islice
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.paging import Limit, Start, clamped, next_of, position_of
from functions.compat.customerio.render_newsletters import EMAIL, newsletter_of
from functions.compat.customerio.schemas_newsletters import (
    NewsletterCreate,
    NewsletterResponse,
    NewsletterSchedule,
    NewsletterSend,
    NewslettersPage,
)
from functions.compat.customerio.translate_newsletters import (
    check_no_rate_limit,
    chosen_sender_id,
    content_changes,
    newsletter,
)
from functions.compat.customerio.translate_recipients import audience_of
from postrider import bootstrap
from postrider.campaigns.model import Campaign
from postrider.campaigns.rules import SCHEDULED
from postrider.http import Caller, Depends, Operations
from postrider.kit.clock import from_unix
from postrider.kit.errors import Invalid

operations = Operations("Newsletters", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("campaigns:read"))]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("campaigns:write"))]
NewsletterId = Annotated[int, Path(description="Newsletter.")]
Order = Annotated[Literal["asc", "desc"], Query(description="The order of creation.")]
LISTING = "newsletters"


def _answer(campaign: Campaign) -> NewsletterResponse:
    return NewsletterResponse(newsletter=newsletter_of(campaign))


@operations.get("/v1/newsletters", "List newsletters", errors=(400, 401))
def list_newsletters(caller: Reader, start: Start = None, limit: Limit = None, sort: Order = "asc") -> NewslettersPage:
    """Return the campaigns to the default list, including campaigns of other APIs."""
    listing, size = f"{LISTING}:{sort}", clamped(limit)
    after = position_of(caller.account_id, listing, start)
    list_id = bootstrap.lists().default(caller.account_id).id
    campaigns = bootstrap.campaigns().of_list(caller.account_id, list_id, after=after, descending=sort == "desc")
    page = list(islice(campaigns, size + 1))
    position = page[size - 1].id if len(page) > size else None
    return NewslettersPage(
        newsletters=[newsletter_of(campaign) for campaign in page[:size]],
        next=next_of(caller.account_id, listing, position),
    )


@operations.post("/v1/newsletters", "Create a newsletter", errors=(400, 401))
def create_newsletter(caller: Writer, body: NewsletterCreate) -> NewsletterResponse:
    """Create a draft; with `send_now` or `scheduled_at` it is sent at once or at this moment."""
    check_no_rate_limit(body.model_dump())
    if body.type != EMAIL:
        raise Invalid(f"Newsletters of the type {body.type} cannot be sent: use email.", field="type")
    if body.send_now and body.scheduled_at is not None:
        raise Invalid("Set either send_now or scheduled_at, not both.", field="scheduled_at")
    account_id = caller.account_id
    list_id = bootstrap.lists().default(account_id).id
    sender_id = chosen_sender_id(account_id, from_id=body.from_id, mailbox=body.from_)
    content = content_changes(body)
    settings: dict[str, Any] = {"list_id": list_id, "sender_id": sender_id}
    settings |= audience_of(account_id, list_id, body.recipients)
    details, _ = bootstrap.campaign_drafts().create(account_id, name=body.name, settings=settings, content=content)
    campaign = details.campaign
    if body.send_now or body.scheduled_at is not None:
        campaign = _schedule(campaign, body.scheduled_at)
    return _answer(campaign)


@operations.get("/v1/newsletters/{newsletter_id}", "Get a newsletter", errors=(401, 404))
def get_newsletter(caller: Reader, newsletter_id: NewsletterId) -> NewsletterResponse:
    return _answer(newsletter(caller.account_id, newsletter_id))


@operations.delete("/v1/newsletters/{newsletter_id}", "Delete a newsletter", status=204, errors=(400, 401, 404))
def delete_newsletter(caller: Writer, newsletter_id: NewsletterId) -> None:
    """Delete a draft; a sent newsletter is archived, so that its reports are kept. Refused while it is delivering."""
    campaign = newsletter(caller.account_id, newsletter_id)
    bootstrap.campaign_removal().remove(caller.account_id, campaign.id)


@operations.post("/v1/newsletters/{newsletter_id}/schedule", "Schedule a newsletter", errors=(400, 401, 404))
def schedule_newsletter(caller: Writer, newsletter_id: NewsletterId, body: NewsletterSchedule) -> NewsletterResponse:
    """Schedule the newsletter; 0 makes a scheduled newsletter a draft again."""
    campaign = newsletter(caller.account_id, newsletter_id)
    check_no_rate_limit(body.model_dump())
    if body.scheduled_at == 0 and campaign.status != SCHEDULED:
        return _answer(campaign)
    if body.scheduled_at == 0:
        return _answer(bootstrap.campaign_lifecycle().unschedule(caller.account_id, campaign.id))
    return _answer(_schedule(campaign, body.scheduled_at))


@operations.post("/v1/newsletters/{newsletter_id}/send", "Send a newsletter", errors=(400, 401, 404))
def send_newsletter(
    caller: Writer, newsletter_id: NewsletterId, body: NewsletterSend | None = None
) -> NewsletterResponse:
    """Send the newsletter now."""
    campaign = newsletter(caller.account_id, newsletter_id)
    check_no_rate_limit({} if body is None else body.model_dump())
    return _answer(_schedule(campaign, None))


def _schedule(campaign: Campaign, seconds: int | None) -> Campaign:
    """Schedule a newsletter, or change its moment; None means now. Raises Invalid."""
    lifecycle = bootstrap.campaign_lifecycle()
    moment = None if seconds is None else _moment(seconds)
    act = lifecycle.reschedule if campaign.status == SCHEDULED else lifecycle.schedule
    act(campaign.account_id, campaign.id, moment=moment)
    return bootstrap.campaigns().get(campaign.account_id, campaign.id)


def _moment(seconds: int) -> Any:
    try:
        return from_unix(seconds)
    except (ValueError, OverflowError, OSError) as exc:
        raise Invalid("Invalid scheduled_at: use Unix seconds.", field="scheduled_at") from exc
