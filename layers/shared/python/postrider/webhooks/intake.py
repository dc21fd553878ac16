"""Create callbacks for the webhooks that take an event."""

from collections.abc import Sequence
from datetime import timedelta

from postrider.kit.clock import Clock
from postrider.outbox.model import DomainEvent
from postrider.ports.queue import Queue
from postrider.webhooks.callbacks import CallbackRepository
from postrider.webhooks.dispatch_states import DispatchStateRepository
from postrider.webhooks.model import WebhookStatus
from postrider.webhooks.queue_messages import CallWebhook
from postrider.webhooks.repository import WebhookRepository

CALL_QUEUE = "call-webhooks"
OVERDUE_AFTER = timedelta(seconds=60)
"""The time after which the message of a due webhook is considered lost."""


class WebhookIntake:
    def __init__(
        self,
        webhooks: WebhookRepository,
        callbacks: CallbackRepository,
        states: DispatchStateRepository,
        queue: Queue,
        now: Clock,
    ) -> None:
        self._webhooks, self._callbacks, self._states = webhooks, callbacks, states
        self._queue, self._now = queue, now

    def receive(self, account_id: str, events: Sequence[DomainEvent]) -> None:
        """Store callbacks of the active webhooks that take these events, and enqueue their sending."""
        for webhook in self._webhooks.all(account_id):
            taken = [event for event in events if webhook.takes(event)]
            if webhook.status == WebhookStatus.ACTIVE and taken:
                self._callbacks.add(account_id, webhook.id, taken, self._now())
                self.enqueue(account_id, webhook.id)

    def enqueue(self, account_id: str, webhook_id: str) -> None:
        """Enqueue the sending of callbacks that were stored."""
        self._states.signal(account_id, webhook_id, self._now())
        self._send(account_id, webhook_id)

    def sweep(self) -> dict[str, int]:
        """Enqueue the sending to webhooks that are overdue; return their number."""
        overdue = list(self._states.overdue(self._now() - OVERDUE_AFTER))
        for account_id, webhook_id in overdue:
            self._send(account_id, webhook_id)
        return {"webhooks_swept": len(overdue)}

    def _send(self, account_id: str, webhook_id: str) -> None:
        message = CallWebhook(account_id=account_id, webhook_id=webhook_id)
        self._queue.send(CALL_QUEUE, [message], group=account_id)
