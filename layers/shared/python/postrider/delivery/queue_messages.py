"""Messages of the queues of delivery, with ids only. Workers read the current state, so that messages can be repeated."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from postrider.mail_events.source import MailSource

PLAN_QUEUE, SEND_QUEUE = "plan-runs", "send-chunks"
"""The plan queue takes starts of runs, steps of the work on their blocks, and moves of contacts through workflows."""


class StartRun(BaseModel):
    """A request to begin the run of a due source; with `again`, to enqueue the undone work of its run.

    `run_id` is the run to continue; None means the latest run of the source.
    """

    kind: Literal["start_run"] = "start_run"
    account_id: str
    source: MailSource
    run_id: str | None = None
    again: bool = False


class BlockStep(StrEnum):
    """A step of the work on blocks of a run.

    PLAN: store the recipients and enqueue their chunks. ENQUEUE_AGAIN: enqueue the chunks that are not counted yet.
    CLOSE: account for the recipients of a cancelled run. RECOUNT: compare the counters with the rows of a finished run.
    """

    PLAN = "plan"
    ENQUEUE_AGAIN = "enqueue_again"
    CLOSE = "close"
    RECOUNT = "recount"


class ProcessBlocks(BaseModel):
    """A request to do a step of the work on blocks."""

    kind: Literal["process_blocks"] = "process_blocks"
    account_id: str
    source: MailSource
    run_id: str
    blocks: list[int]
    action: BlockStep = BlockStep.PLAN


class SendChunk(BaseModel):
    """A request to send to the contacts at `offsets` of a block; `again` is true if there may be an earlier attempt.

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
