"""Render the dependents of a segment or a sender: Customer.io's campaigns are our workflows and broadcasts."""

from functions.compat.customerio.schemas_uses import UsedBy
from postrider.usecases.find_dependents import Dependents


def shown_uses(dependents: Dependents) -> UsedBy:
    newsletters = [campaign for campaign in dependents.campaigns if not (campaign.triggered or campaign.is_child)]
    broadcasts = [campaign.id for campaign in dependents.campaigns if campaign.triggered]
    return UsedBy(
        campaigns=sorted([*broadcasts, *(workflow.id for workflow in dependents.workflows)]),
        sent_newsletters=[campaign.id for campaign in newsletters if campaign.run_id is not None],
        draft_newsletters=[campaign.id for campaign in newsletters if campaign.run_id is None],
    )
