"""Webhooks, made over HTTP."""

from typing import Any

from postrider import bootstrap
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks.callbacks import CallbackAttempt, CallbackRepository
from postrider.webhooks.model import Callback, Delivery, DeliveryStatus
from tests.testing.factories.accounts import Owner

EXAMPLE_URL = "https://hooks.example.com/postrider"


def make_webhook(owner: Owner, event: str = "Contact.Added", url: str = EXAMPLE_URL, **fields: Any) -> str:
    answer = owner.api.post("/webhooks", json={"event": event, "url": url, **fields})
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


def deliveries(owner: Owner, webhook_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = owner.api.get(f"/webhooks/{webhook_id}/deliveries", query=query)
    assert answer.status == 200, answer.text
    rows: list[dict[str, Any]] = answer.json["data"]
    return rows


def log_delivery(owner: Owner, webhook_id: str) -> str:
    """Record a callback that was delivered, and return its id."""
    now = bootstrap.clock()()
    at_ms = int(now.timestamp() * 1000)
    event = DomainEvent(id="example", type=DomainEventType.SENDER_DELETED, account_id=owner.account_id, at_ms=at_ms)
    callback = Callback(event=event, due_ms=at_ms, queued_at=now)
    delivery = Delivery(
        id=callback.delivery_id,
        event=event,
        status=DeliveryStatus.DELIVERED,
        attempts=1,
        attempted_at=now,
        http_status=204,
        took_ms=12,
    )
    CallbackRepository().record(owner.account_id, webhook_id, [CallbackAttempt(callback, delivery, None)])
    return delivery.id
