"""Handle the queue call-webhooks: send due callbacks of webhooks. A restored copy does nothing until it is taken up."""

from collections.abc import Sequence

from postrider import bootstrap
from postrider.webhooks.queue_messages import CallWebhook
from postrider.workers.queues import QueueDelivery, delivery_worker

SPARE_S = 20.0
"""Time reserved at the end of the function: longer than a call, so that its outcome is stored."""


def handle(messages: Sequence[CallWebhook], delivery: QueueDelivery) -> None:
    if bootstrap.epochs().can_send():
        bootstrap.callback_dispatcher().dispatch(messages[0], delivery.time_left_s - SPARE_S)


lambda_handler = delivery_worker(CallWebhook, handle)
