"""Webhooks over HTTP: /webhooks."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.accounts.schemas_webhooks import (
    ArchiveWebhookResponse,
    CreateWebhook,
    CreateWebhookResponse,
    ListWebhooksResponse,
    PatchWebhook,
    PatchWebhookResponse,
    RenewWebhookSecretResponse,
    SendTestWebhookResponse,
    SignatureInfo,
    UnArchiveWebhookResponse,
    WebhookData,
    WebhookResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import UncountedPageRequest
from postrider.kit.clock import unix_or_none
from postrider.webhooks.formats.main import EVENT_NAMES, EVENT_TYPES
from postrider.webhooks.model import RatePeriod, Webhook
from postrider.webhooks.service import WebhookService

operations = Operations("Webhook", MAIN)
Webhooks = Annotated[WebhookService, Depends(bootstrap.webhooks)]
Reader = Annotated[Caller, Depends(needs("webhooks:read"))]
Writer = Annotated[Caller, Depends(needs("webhooks:write"))]
WebhookId = Annotated[str, Path()]
WithArchived = Annotated[bool, Query(description="Include archived webhooks.")]
_CLEARED_BY_NULL = {"list_id"}


def _data(webhook: Webhook) -> WebhookData:
    events = [EVENT_NAMES[event_type] for event_type in webhook.types if event_type in EVENT_NAMES]
    return WebhookData.model_validate(
        {
            "id": webhook.id,
            "status": webhook.status,
            "event": events[0] if events else None,
            "url": webhook.url,
            "archived_at": unix_or_none(webhook.archived_at),
            "rate_limit": webhook.rate_limit,
            "rate_limit_period": webhook.rate_limit_period,
            "events": events,
            "list_id": webhook.list_id,
            "sources": list(webhook.origins),
            "ordered": webhook.is_ordered,
            "disabled_reason": webhook.disabled_reason,
            "format": webhook.format,
        }
    )


def _signature(webhooks: WebhookService, webhook: Webhook) -> SignatureInfo:
    current, *former = webhooks.secrets(webhook)
    return SignatureInfo(key=current, hash_function="sha256", former_key=former[0] if former else None)


def _settings(body: CreateWebhook | PatchWebhook) -> dict[str, Any]:
    """Return the settings that the body sets, in the words of the domain. Only the list is cleared by null."""
    values = body.model_dump(exclude_unset=True)
    values = {name: value for name, value in values.items() if value is not None or name in _CLEARED_BY_NULL}
    events = values.pop("events", [])
    if "event" in values:
        events = [values.pop("event"), *events]
    settings: dict[str, Any] = {"types": [EVENT_TYPES[name] for name in events]} if events else {}
    for name, own_name in (("sources", "origins"), ("ordered", "is_ordered")):
        if name in values:
            value = values.pop(name)
            settings[own_name] = tuple(value) if isinstance(value, list) else value
    if "rate_limit_period" in values:
        values["rate_limit_period"] = RatePeriod(values["rate_limit_period"])
    return settings | values


@operations.get("/webhooks", "List all webhooks")
def list_webhooks(
    caller: Reader, webhooks: Webhooks, paging: UncountedPageRequest, with_archived: WithArchived = False
) -> ListWebhooksResponse:
    """Return a page of the account's webhooks, the oldest first, including webhooks of other APIs (`format`)."""
    items = webhooks.all(caller.account_id, with_archived=with_archived)
    pagination, shown = listing(items, paging)
    return ListWebhooksResponse(pagination=pagination, data=[_data(webhook) for webhook in shown])


@operations.post("/webhooks", "Create a webhook", status=201)
def create_webhook(caller: Writer, webhooks: Webhooks, body: CreateWebhook) -> CreateWebhookResponse:
    """Create a webhook. It takes every event that occurs more than three seconds after the answer.

    Each event is sent as a POST, signed by `x-signature` and by the headers of Standard Webhooks (see `get_webhook`).
    After another answer than 2xx, the callback is retried for three days. Refused with 400: a URL of a host that is not public.
    """
    webhook = webhooks.create(caller.account_id, **_settings(body))
    return CreateWebhookResponse(id=webhook.id, data=_data(webhook))


@operations.get("/webhooks/{webhook_id}", "Show a webhook")
def get_webhook(caller: Reader, webhooks: Webhooks, webhook_id: WebhookId) -> WebhookResponse:
    """Return the webhook with the key that signs its callbacks.

    `x-signature` is the HMAC-SHA256 of the body in base64; its key is the text of `key`.
    """
    webhook = webhooks.get(caller.account_id, webhook_id)
    return WebhookResponse(id=webhook.id, signature=_signature(webhooks, webhook), data=_data(webhook))


@operations.patch("/webhooks/{webhook_id}", "Patch a webhook")
def patch_webhook(
    caller: Writer, webhooks: Webhooks, webhook_id: WebhookId, body: PatchWebhook
) -> PatchWebhookResponse:
    """Change the given settings; waiting callbacks are sent to the new URL."""
    webhook = webhooks.change(caller.account_id, webhook_id, _settings(body))
    return PatchWebhookResponse(id=webhook.id, data=_data(webhook), object="Webhook", patched=True)


@operations.post("/webhooks/{webhook_id}/archive", "Archive a webhook")
def archive_webhook(caller: Writer, webhooks: Webhooks, webhook_id: WebhookId) -> ArchiveWebhookResponse:
    """Archive the webhook: it takes no events, and waiting callbacks are not sent."""
    webhook = webhooks.archive(caller.account_id, webhook_id)
    return ArchiveWebhookResponse(id=webhook.id, data=_data(webhook), object="Webhook", archived=True)


@operations.post("/webhooks/{webhook_id}/unarchive", "Unarchive a webhook")
def unarchive_webhook(caller: Writer, webhooks: Webhooks, webhook_id: WebhookId) -> UnArchiveWebhookResponse:
    """Activate an archived webhook; callbacks that have waited for less than two weeks are sent."""
    webhook = webhooks.unarchive(caller.account_id, webhook_id)
    return UnArchiveWebhookResponse(id=webhook.id, data=_data(webhook), object="Webhook", archived=False)


@operations.post("/webhooks/{webhook_id}/renew-secret", "Renew the key of a webhook")
def renew_webhook_secret(caller: Writer, webhooks: Webhooks, webhook_id: WebhookId) -> RenewWebhookSecretResponse:
    """Replace the key of the webhook; `get_webhook` shows the new key.

    For a day, the former key signs `x-signature-former`, and `webhook-signature` has a signature by each key.
    """
    webhook = webhooks.renew_secret(caller.account_id, webhook_id)
    return RenewWebhookSecretResponse(id=webhook.id, object="Webhook", renewed=True)


@operations.post("/webhooks/{webhook_id}/send-test", "Send a test callback")
def send_test_webhook(caller: Writer, webhooks: Webhooks, webhook_id: WebhookId) -> SendTestWebhookResponse:
    """Enqueue a callback of the webhook's event with the data `{"test": true}`; the deliveries show its outcome."""
    delivery_id = webhooks.send_test(caller.account_id, webhook_id)
    return SendTestWebhookResponse(id=webhook_id, object="Webhook", enqueued=True, delivery_id=delivery_id)
