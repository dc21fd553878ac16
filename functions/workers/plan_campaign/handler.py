"""Finds the recipients of a few blocks of a list, and orders the sending to them."""

from postrider import bootstrap
from postrider.delivery.messages import PlanBlocks
from postrider.workers.queues import queue_worker


def handle(order: PlanBlocks) -> None:
    bootstrap.delivery().plan(order)


lambda_handler = queue_worker(PlanBlocks, handle)
