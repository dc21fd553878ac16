"""Render broadcasts and their triggers for Customer.io's API. A broadcast is a triggered campaign, a trigger its child."""

from functions.compat.customerio import schemas_broadcasts as schemas
from functions.compat.customerio.dates import deduplicate_id
from postrider.campaigns.model import Campaign
from postrider.campaigns.rules import ARCHIVED, next_building_step
from postrider.kit.clock import unix


def shown_broadcast(campaign: Campaign) -> schemas.Broadcast:
    is_ready = campaign.status != ARCHIVED and next_building_step(campaign) is None
    state = "archived" if campaign.status == ARCHIVED else "running" if is_ready else "draft"
    return schemas.Broadcast.model_validate(
        {
            "id": campaign.id,
            "deduplicate_id": deduplicate_id(campaign.id, campaign.updated_at),
            "name": campaign.name,
            "type": "triggered_broadcast",
            "created": unix(campaign.created_at),
            "updated": unix(campaign.updated_at),
            "active": is_ready,
            "state": state,
        }
    )


def shown_trigger(child: Campaign) -> schemas.BroadcastTrigger:
    processed_at = child.scheduled_at if child.refusal is None else child.updated_at
    values = {"id": child.number, "broadcast_id": child.parent_id, "created_at": child.created_at}
    return schemas.BroadcastTrigger.model_validate(values | {"processed_at": processed_at})
