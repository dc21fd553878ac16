"""Render campaigns in the words of the main API."""

from typing import Any

from functions.api.campaigns.schemas_campaigns import CampaignFullResponse
from postrider import bootstrap
from postrider.campaigns.rules import DELIVERING, next_building_step
from postrider.campaigns.views import CampaignDetails, CampaignView
from postrider.content.model import Content
from postrider.kit.clock import unix, unix_or_none


def _sender(view: CampaignView) -> dict[str, Any] | None:
    if view.campaign.sender_id is None:
        return None
    sender = view.sender
    return {"name": view.campaign.sender_name or (sender and sender.name), "email": sender and sender.email}


def campaign_summary(view: CampaignView) -> dict[str, Any]:
    campaign = view.campaign
    return {
        "id": campaign.id,
        "name": campaign.name,
        "audience": {"list_id": campaign.list_id, "segment_id": campaign.segment_id},
        "type": campaign.type,
        "created_on": unix(campaign.created_at),
        "scheduled_for": unix_or_none(campaign.scheduled_for),
        "scheduled_on": unix_or_none(campaign.scheduled_at),
        "sender": _sender(view),
        "next_building_step": next_building_step(campaign),
        "status": campaign.status,
        "suspended": campaign.suspended,
        "web_email_link": bootstrap.campaign_renderer().web_view_url(campaign),
        "thumbnail_url": None,
        "updated_on": unix(campaign.updated_at),
        "triggered": campaign.triggered,
        "parent_id": campaign.parent_id,
        "number": campaign.number,
    }


def full_campaign(details: CampaignDetails, content: Content) -> CampaignFullResponse:
    campaign = details.campaign
    return CampaignFullResponse.model_validate(
        {
            **campaign_summary(details),
            "audience": {
                "list_id": campaign.list_id,
                "name": details.list_name,
                "segment_id": campaign.segment_id,
            },
            "tracking": campaign.tracking,
            "recipients": campaign.recipients,
            "refusal": campaign.refusal,
            "stalled": campaign.status == DELIVERING and bootstrap.delivery().is_stalled(campaign),
            "delivery_finished_on": unix_or_none(campaign.delivery_finished_at),
            "reply_to_email": campaign.reply_to_email,
            "content": {
                "subject": content.subject,
                "html": content.html,
                "text": content.text,
                "json": content.json_,
                "type": content.type,
                "hash": campaign.content_hash,
                "last_updated_on": unix_or_none(campaign.content_updated_at),
                "encoding": content.encoding,
                "default_unsubscribe_link": content.default_unsubscribe_link,
                "inline_css": content.inline_css,
                "social_bar": None,
                "footer": None,
            },
        }
    )
