"""Plans blocks of a run, closes those of a cancelled one, and recounts those of a finished one."""

from collections.abc import Sequence

from postrider import bootstrap
from postrider.delivery.dispatch import place_of
from postrider.delivery.messages import BlockAction, ProcessBlocks
from postrider.delivery.rules import RECOUNTS_TOGETHER
from postrider.workers.queues import Delivery, delivery_worker


def handle(messages: Sequence[ProcessBlocks], delivery: Delivery) -> None:
    first = messages[0]
    if first.action != BlockAction.RECOUNT:
        bootstrap.delivery().process_blocks(first)
    else:
        bootstrap.delivery().recount_blocks(messages)


lambda_handler = delivery_worker(ProcessBlocks, handle, place_of=place_of, together=RECOUNTS_TOGETHER, takes_long=True)
