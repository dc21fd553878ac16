"""Messages of the queues of delivery: ids only. Workers read the current state, so that repetitions are harmless."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from postrider.events.source import MailSource

PLAN_QUEUE, SEND_QUEUE = "plan-runs", "send-campaign"
"""The plan queue takes starts of runs, actions on their blocks, and moves of contacts through workflows."""


class StartRun(BaseModel):
    """An order to begin the run of a source that is due; with `again`, to order the undone work of its run.

    `run_id` names the run to continue; None is the latest run of the source.
    """

    kind: Literal["start_run"] = "start_run"
    account_id: str
    source: MailSource
    run_id: str | None = None
    again: bool = False


class BlockAction(StrEnum):
    """An action on blocks of a run.

    PLAN: store the recipients and order their chunks. REORDER: order the chunks that are not counted yet.
    CLOSE: account for the recipients of a cancelled run. RECOUNT: compare the counters with the rows of a finished run.
    """

    PLAN = "plan"
    REORDER = "reorder"
    CLOSE = "close"
    RECOUNT = "recount"


class ProcessBlocks(BaseModel):
    """An order to apply an action to blocks."""

    kind: Literal["process_blocks"] = "process_blocks"
    account_id: str
    source: MailSource
    run_id: str
    blocks: list[int]
    action: BlockAction = BlockAction.PLAN


class SendChunk(BaseModel):
    """An order to send to the contacts at `offsets` of a block; `again` says that an earlier attempt is possible.

    `attempts` counts the attempts without progress: a message that is enqueued again has a new receive count.
    """

    account_id: str
    source: MailSource
    run_id: str
    block: int
    chunk: int
    offsets: list[int]
    again: bool = False
    attempts: int = 0
