"""What sending puts on its queues: ids only. Whoever takes one looks at the present state, so repeats do no harm."""

from enum import StrEnum

from pydantic import BaseModel

START_QUEUE, PLAN_QUEUE, SEND_QUEUE = "start-campaign", "plan-campaign", "send-campaign"


class StartCampaign(BaseModel):
    """Begin the campaign if it is due; `again`: put what is left of its run on the queues once more."""

    account_id: str
    campaign_id: int
    again: bool = False


class Act(StrEnum):
    """PLAN: find the recipients, order their sending. AGAIN: order what is not done. END: account for a cancelled run."""

    PLAN = "plan"
    AGAIN = "again"
    END = "end"


class PlanBlocks(BaseModel):
    account_id: str
    campaign_id: int
    run_id: str
    blocks: list[int]
    act: Act = Act.PLAN


class SendChunk(BaseModel):
    """Send to these contacts of one block; `places` are their ids within it. `again`: somebody may have tried before."""

    account_id: str
    campaign_id: int
    run_id: str
    block: int
    chunk: int
    places: list[int]
    again: bool = False
