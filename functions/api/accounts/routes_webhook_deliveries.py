"""Deliveries of webhooks over HTTP: /webhooks/{webhook_id}/deliveries."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.accounts.schemas_webhooks import (
    ReplayWebhook,
    ReplayWebhookDeliveryResponse,
    ReplayWebhookResponse,
    WebhookDeliveriesResponse,
    WebhookDelivery,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.paging import check_page
from postrider.http.main.wire import Cursor, CursorText, EndTime, PaginationWithCursor, PerPage, StartTime
from postrider.kit.clock import unix, unix_or_none
from postrider.webhooks.formats import FORMATS
from postrider.webhooks.model import Delivery, DeliveryStatus, Webhook
from postrider.webhooks.service import WebhookService

operations = Operations("Webhook", MAIN)
Webhooks = Annotated[WebhookService, Depends(bootstrap.webhooks)]
Reader = Annotated[Caller, Depends(needs("webhooks:read"))]
Writer = Annotated[Caller, Depends(needs("webhooks:write"))]
WebhookId = Annotated[str, Path()]
DeliveryId = Annotated[str, Path()]
Status = Annotated[DeliveryStatus | None, Query(description="Only deliveries in this state.")]


def _delivery(webhook: Webhook, delivery: Delivery) -> WebhookDelivery:
    return WebhookDelivery(
        id=delivery.id,
        event=FORMATS[webhook.format].event_names[delivery.event.type],
        event_id=delivery.event.id,
        created_on=delivery.event.at_ms // 1000,
        status=delivery.status,
        attempts=delivery.attempts,
        attempted_on=unix(delivery.attempted_at),
        http_status=delivery.http_status,
        error=delivery.error,
        took_ms=delivery.took_ms,
        next_attempt_on=unix_or_none(delivery.next_attempt_at),
    )


@operations.get("/webhooks/{webhook_id}/deliveries", "List the deliveries of a webhook")
def list_webhook_deliveries(
    caller: Reader,
    webhooks: Webhooks,
    webhook_id: WebhookId,
    per_page: PerPage = 50,
    cursor: CursorText = None,
    status: Status = None,
    start_time: StartTime = None,
    end_time: EndTime = None,
) -> WebhookDeliveriesResponse:
    """Return the callbacks of the last 30 days that were sent at least once, the newest event first.

    `start_time` and `end_time` limit the moments of events. The cursor of a page leads to the next page.
    """
    check_page(1, per_page)
    webhook = webhooks.get(caller.account_id, webhook_id)
    deliveries, next_cursor = webhooks.delivery_page(
        caller.account_id,
        webhook_id,
        per_page=per_page,
        cursor=cursor,
        status=status,
        start_time=start_time,
        end_time=end_time,
    )
    pagination = PaginationWithCursor(
        count=None, page=1, per_page=per_page, cursor=Cursor(previous=None, next=next_cursor)
    )
    data = [_delivery(webhook, delivery) for delivery in deliveries]
    return WebhookDeliveriesResponse(pagination=pagination, data=data)


@operations.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", "Replay a delivery of a webhook")
def replay_webhook_delivery(
    caller: Writer, webhooks: Webhooks, webhook_id: WebhookId, delivery_id: DeliveryId
) -> ReplayWebhookDeliveryResponse:
    """Send a callback again, with the same `webhook-id`. A callback that is being retried does not change."""
    webhooks.replay(caller.account_id, webhook_id, delivery_id)
    return ReplayWebhookDeliveryResponse(id=webhook_id, object="Webhook", enqueued=True, delivery_id=delivery_id)


@operations.post("/webhooks/{webhook_id}/replay", "Replay the deliveries of a period")
def replay_webhook(
    caller: Writer, webhooks: Webhooks, webhook_id: WebhookId, body: ReplayWebhook
) -> ReplayWebhookResponse:
    """Send the callbacks of a period again, in the order of their events. Refused with 400: more than 1,000 callbacks."""
    count = webhooks.replay_range(
        caller.account_id, webhook_id, start_time=body.start_time, end_time=body.end_time, status=body.status
    )
    return ReplayWebhookResponse(id=webhook_id, object="Webhook", enqueued=True, count=count)
