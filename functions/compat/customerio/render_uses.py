"""Render the users of a segment or a sender: Customer.io's campaigns are our workflows and broadcasts."""

from functions.compat.customerio.schemas_uses import UsedBy
from postrider.usecases.find_users import UsedBy as Users


def shown_uses(users: Users) -> UsedBy:
    newsletters = [campaign for campaign in users.campaigns if not (campaign.triggered or campaign.is_child)]
    broadcasts = [campaign.id for campaign in users.campaigns if campaign.triggered]
    return UsedBy(
        campaigns=sorted([*broadcasts, *(workflow.id for workflow in users.workflows)]),
        sent_newsletters=[campaign.id for campaign in newsletters if campaign.run_id is not None],
        draft_newsletters=[campaign.id for campaign in newsletters if campaign.run_id is None],
    )
