"""Sends a campaign to one chunk of its recipients."""

from postrider import bootstrap
from postrider.sends.messages import SendChunk
from postrider.worker import Delivery, delivery_worker


def handle(order: SendChunk, delivery: Delivery) -> None:
    if delivery.again:
        order = order.model_copy(update={"again": True})
    bootstrap.sending().deliver(order, time_left_s=delivery.time_left_s)


lambda_handler = delivery_worker(SendChunk, handle)
