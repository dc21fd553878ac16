"""Reporting webhooks over Customer.io's App API: /v1/reporting_webhooks."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.schemas_webhooks import (
    REQUIRED,
    ReportingEvent,
    ReportingWebhook,
    ReportingWebhookInput,
    ReportingWebhooksResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.kit.errors import Invalid
from postrider.webhooks.formats import REPORTING
from postrider.webhooks.formats.reporting import EVENT_NAMES, EVENT_TYPES
from postrider.webhooks.model import Webhook, WebhookStatus
from postrider.webhooks.service import WebhookService

operations = Operations("Reporting Webhooks", CUSTOMERIO)
Webhooks = Annotated[WebhookService, Depends(bootstrap.webhooks)]
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("webhooks:read"))]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("webhooks:write"))]
WebhookId = Annotated[int, Path()]
_SETTINGS = {"name": "name", "endpoint": "url", "with_content": "has_content"}


def _shown(webhook: Webhook) -> ReportingWebhook:
    events = [*(EVENT_NAMES[event_type] for event_type in webhook.types), *webhook.other_events]
    return ReportingWebhook(
        id=int(webhook.id),
        name=webhook.name,
        events=[ReportingEvent(name) for name in events],
        endpoint=webhook.url,
        disabled=webhook.status != WebhookStatus.ACTIVE,
        with_content=webhook.has_content,
        full_resolution=not webhook.is_first_only,
        type="webhook",
    )


def _settings(values: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a body in the words of the domain."""
    settings = {own_name: values[name] for name, own_name in _SETTINGS.items() if name in values}
    if "full_resolution" in values:
        settings["is_first_only"] = not values["full_resolution"]
    if "events" in values:
        events = dict.fromkeys(values["events"])
        settings["types"] = tuple(EVENT_TYPES[name] for name in events if name in EVENT_TYPES)
        settings["other_events"] = tuple(name for name in events if name not in EVENT_TYPES)
    return settings


def _given(body: ReportingWebhookInput, *, with_defaults: bool) -> dict[str, Any]:
    values = body.model_dump(mode="json", exclude_unset=not with_defaults)
    return {name: value for name, value in values.items() if value is not None}


@operations.get("/v1/reporting_webhooks", "List reporting webhooks", errors=(401,))
def list_reporting_webhooks(caller: Reader, webhooks: Webhooks) -> ReportingWebhooksResponse:
    """Return all reporting webhooks of the account, the oldest first."""
    webhooks_of_api = webhooks.all(caller.account_id, with_archived=True, format=REPORTING)
    return ReportingWebhooksResponse(reporting_webhooks=[_shown(webhook) for webhook in webhooks_of_api])


@operations.post("/v1/reporting_webhooks", "Create a reporting webhook", errors=(400, 401))
def create_reporting_webhook(caller: Writer, webhooks: Webhooks, body: ReportingWebhookInput) -> ReportingWebhook:
    """Create a webhook. It gets the events that occur more than three seconds after the answer, in their order.

    A call that is not accepted is retried for seven days; later events wait meanwhile. The operation `get_webhook` of the
    main API shows the key that signs the calls.
    """
    values = _given(body, with_defaults=True)
    missing = [name for name in REQUIRED if name not in values]
    if missing:
        raise Invalid(f"Missing {', '.join(missing)}: a new webhook needs {', '.join(REQUIRED)}.", field=missing[0])
    is_active = not values.get("disabled")
    webhook = webhooks.create(
        caller.account_id, format=REPORTING, is_ordered=True, is_active=is_active, **_settings(values)
    )
    return _shown(webhook)


@operations.get("/v1/reporting_webhooks/{webhook_id}", "Show a reporting webhook", errors=(401, 404))
def get_reporting_webhook(caller: Reader, webhooks: Webhooks, webhook_id: WebhookId) -> ReportingWebhook:
    """Return a webhook."""
    return _shown(webhooks.get(caller.account_id, str(webhook_id), format=REPORTING))


@operations.put("/v1/reporting_webhooks/{webhook_id}", "Update a reporting webhook", errors=(400, 401, 404))
def update_reporting_webhook(
    caller: Writer, webhooks: Webhooks, webhook_id: WebhookId, body: ReportingWebhookInput
) -> ReportingWebhook:
    """Change the given settings; missing settings keep their values."""
    account_id, values = caller.account_id, _given(body, with_defaults=False)
    webhooks.get(account_id, str(webhook_id), format=REPORTING)
    webhook = webhooks.change(account_id, str(webhook_id), _settings(values), format=REPORTING)
    if "disabled" in values:
        webhook = webhooks.set_active(account_id, webhook.id, is_active=not values["disabled"])
    return _shown(webhook)


@operations.delete(
    "/v1/reporting_webhooks/{webhook_id}",
    "Delete a reporting webhook",
    errors=(401, 404),
    responses={200: {"description": "The webhook is deleted.", "content": {}}},
)
def delete_reporting_webhook(caller: Writer, webhooks: Webhooks, webhook_id: WebhookId) -> Response[str]:
    """Delete a webhook: it gets no events, and waiting events are not sent."""
    webhooks.delete(caller.account_id, str(webhook_id), format=REPORTING)
    return Response(200, "text/plain", "")
