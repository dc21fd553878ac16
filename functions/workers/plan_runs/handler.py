"""Handle the queue plan-runs: all work before and after the sending of a run.

Begin due runs, and continue runs that were paused, parked or stalled; plan blocks of a run, close blocks of a cancelled run,
and recount blocks of a finished run; let contacts enter workflows, and begin the runs of due actions.
"""

from collections.abc import Hashable, Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter

from postrider import bootstrap
from postrider.delivery.dispatch import place_of
from postrider.delivery.queue_messages import BlockStep, ProcessBlocks, StartRun
from postrider.delivery.rules import RECOUNTS_TOGETHER
from postrider.journeys.queue_messages import AdvanceWorkflow
from postrider.workers.queues import QueueDelivery, delivery_worker

Message = StartRun | ProcessBlocks | AdvanceWorkflow
MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def place_of_message(message: Message) -> Hashable:
    return place_of(message) if isinstance(message, ProcessBlocks) else None


def handle(messages: Sequence[Message], delivery: QueueDelivery) -> None:
    message = messages[0]
    if isinstance(message, StartRun):
        bootstrap.campaign_start().start(message)
    elif isinstance(message, AdvanceWorkflow):
        bootstrap.journeys().handle(message)
    elif message.action != BlockStep.RECOUNT:
        bootstrap.delivery().process_blocks(message, bootstrap.campaign_run_limit())
    else:
        bootstrap.delivery().recount_blocks([message for message in messages if isinstance(message, ProcessBlocks)])


lambda_handler = delivery_worker(
    MESSAGES, handle, place_of=place_of_message, together=RECOUNTS_TOGETHER, takes_long=True
)
