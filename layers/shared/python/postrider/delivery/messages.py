"""Messages on the queues of delivery: ids only. A worker reads the present state, so repeated messages do no harm."""

from enum import StrEnum

from pydantic import BaseModel

from postrider.events.source import MailSource

START_QUEUE, PLAN_QUEUE, SEND_QUEUE = "start-campaign", "plan-campaign", "send-campaign"


class StartRun(BaseModel):
    """Begin the run of a source that is due; `again`: order once more what is not done of a run that has begun."""

    account_id: str
    source: MailSource
    again: bool = False


class BlockAction(StrEnum):
    """What is done with blocks of a run.

    PLAN: find the recipients and order the sending. REORDER: order the chunks that are not counted yet.
    CLOSE: account for the recipients of a cancelled run. RECOUNT: compare the counters with the rows of a finished run.
    """

    PLAN = "plan"
    REORDER = "reorder"
    CLOSE = "close"
    RECOUNT = "recount"


class ProcessBlocks(BaseModel):
    account_id: str
    source: MailSource
    run_id: str
    blocks: list[int]
    action: BlockAction = BlockAction.PLAN


class SendChunk(BaseModel):
    """Send to the contacts at these `offsets` of a block; `again`: an earlier attempt may have been made."""

    account_id: str
    source: MailSource
    run_id: str
    block: int
    chunk: int
    offsets: list[int]
    again: bool = False
