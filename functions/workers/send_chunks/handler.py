"""Send to chunks of recipients, a few of the same block at a time."""

from collections.abc import Sequence

from postrider import bootstrap
from postrider.delivery.dispatch import place_of
from postrider.delivery.queue_messages import SendChunk
from postrider.delivery.rules import CHUNKS_TOGETHER
from postrider.workers.queues import QueueDelivery, delivery_worker


def handle(messages: Sequence[SendChunk], delivery: QueueDelivery) -> None:
    if delivery.again:
        messages = [message.model_copy(update={"again": True}) for message in messages]
    bootstrap.delivery().send(messages, time_left_s=delivery.time_left_s)


lambda_handler = delivery_worker(SendChunk, handle, place_of=place_of, together=CHUNKS_TOGETHER, takes_long=True)
