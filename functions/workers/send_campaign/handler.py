"""Sends a campaign to chunks of its recipients, a few of the same block at a time."""

from collections.abc import Sequence

from postrider import bootstrap
from postrider.delivery.dispatch import place_of
from postrider.delivery.messages import SendChunk
from postrider.delivery.rules import CHUNKS_TOGETHER
from postrider.workers.queues import Delivery, delivery_worker


def handle(orders: Sequence[SendChunk], delivery: Delivery) -> None:
    if delivery.again:
        orders = [order.model_copy(update={"again": True}) for order in orders]
    bootstrap.delivery().deliver(orders, time_left_s=delivery.time_left_s)


lambda_handler = delivery_worker(SendChunk, handle, place_of=place_of, together=CHUNKS_TOGETHER)
