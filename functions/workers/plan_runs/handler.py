"""Handle the queue plan-runs: all work before and after the sending of a run.

Begin due runs, and continue runs that were paused, parked or stalled; plan blocks of a run, close blocks of a cancelled run,
and recount blocks of a finished run; let contacts enter workflows, and begin the runs of due actions.
"""

from collections.abc import Hashable, Sequence
from typing import Annotated

from pydantic import Field, RootModel

from postrider import bootstrap
from postrider.delivery.dispatch import place_of
from postrider.delivery.messages import BlockAction, ProcessBlocks, StartRun
from postrider.delivery.rules import RECOUNTS_TOGETHER
from postrider.journeys.messages import MoveContacts
from postrider.workers.queues import QueueDelivery, delivery_worker


class Order(RootModel[Annotated[StartRun | ProcessBlocks | MoveContacts, Field(discriminator="kind")]]):
    """A message of this queue."""


def place_of_order(order: Order) -> Hashable:
    return place_of(order.root) if isinstance(order.root, ProcessBlocks) else None


def handle(orders: Sequence[Order], delivery: QueueDelivery) -> None:
    order = orders[0].root
    if isinstance(order, StartRun):
        bootstrap.campaign_start().start(order)
    elif isinstance(order, MoveContacts):
        bootstrap.journeys().handle(order)
    elif order.action != BlockAction.RECOUNT:
        bootstrap.delivery().process_blocks(order, bootstrap.campaign_run_limit())
    else:
        messages = [order.root for order in orders]
        bootstrap.delivery().recount_blocks([message for message in messages if isinstance(message, ProcessBlocks)])


lambda_handler = delivery_worker(Order, handle, place_of=place_of_order, together=RECOUNTS_TOGETHER, takes_long=True)
