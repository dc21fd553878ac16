"""Finds the recipients of a few blocks of a list, and orders the sending to them."""

from postrider import bootstrap
from postrider.sends.messages import PlanBlocks
from postrider.worker import queue_worker


def handle(order: PlanBlocks) -> None:
    bootstrap.sending().plan(order)


lambda_handler = queue_worker(PlanBlocks, handle)
