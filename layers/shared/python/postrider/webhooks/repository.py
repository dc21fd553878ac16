"""Store webhooks, each together with its subscriber of events."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.transactions import TransactWrite

from postrider.kit.actors import Origin
from postrider.kit.errors import Conflict, NotFound
from postrider.mail_events.model import EventType
from postrider.outbox.model import DomainEventType, EventSubscriber
from postrider.outbox.subscribers import EventSubscribers
from postrider.storage.accounts_table import account_key, item_or_none, items_of
from postrider.storage.dynamo import on_condition_failure, transaction, was_made
from postrider.webhooks.model import DisabledReason, RatePeriod, Webhook, WebhookStatus
from postrider.webhooks.table import WebhookItem

SUBSCRIBER_KIND = "webhooks"
_PREFIX = "webhook#"


def unknown() -> NotFound:
    return NotFound("Unknown webhook.", code="webhook_not_found", field="webhook_id")


class WebhookRepository:
    def __init__(self, subscribers: EventSubscribers) -> None:
        self._subscribers = subscribers

    def all(self, account_id: str) -> list[Webhook]:
        """Return the webhooks of an account, the oldest first."""
        webhooks = [_webhook(item) for item in items_of(WebhookItem, account_id, _PREFIX)]
        return sorted(webhooks, key=lambda webhook: (webhook.created_at, webhook.id))

    def get(self, account_id: str, webhook_id: str) -> Webhook:
        """Return a webhook. Raises NotFound."""
        webhook = self.find(account_id, webhook_id)
        if webhook is None:
            raise unknown()
        return webhook

    def add(self, webhook: Webhook) -> None:
        with transaction() as writes:
            writes.save(_item(webhook), condition=WebhookItem.pk.does_not_exist())
            self._subscribe(writes, webhook)

    def find(self, account_id: str, webhook_id: str) -> Webhook | None:
        """Return a webhook, or None."""
        item = item_or_none(WebhookItem, account_key(account_id), _PREFIX + webhook_id)
        return None if item is None else _webhook(item)

    def delete(self, webhook: Webhook) -> None:
        """Delete a webhook. Its waiting callbacks and its log expire."""
        with transaction() as writes:
            writes.delete(_item(webhook))
            self._subscribers.remove_in(writes, webhook.account_id, SUBSCRIBER_KIND, webhook.id)

    def replace(self, before: Webhook, **values: Any) -> Webhook:
        """Store a changed webhook and return it. Raises Conflict if it changed after `before` was read."""
        after = replace(before, version=before.version + 1, **values)
        changed = Conflict("The webhook was modified concurrently; retry.", code="webhook_changed")
        with on_condition_failure(changed), transaction() as writes:
            writes.save(_item(after), condition=WebhookItem.version == before.version)
            self._subscribe(writes, after)
        return after

    def disable(self, webhook: Webhook, reason: DisabledReason, now: datetime) -> Webhook | None:
        """Archive the webhook and store that its owner must be mailed; return None if it changed after it was read."""
        try:
            return self.replace(
                webhook, status=WebhookStatus.ARCHIVED, archived_at=now, disabled_reason=reason, is_notice_due=True
            )
        except Conflict:
            return None

    def clear_notice(self, webhook: Webhook) -> None:
        """Store that the owner was mailed."""
        item = WebhookItem(account_key(webhook.account_id), _PREFIX + webhook.id)
        was_made(lambda: item.update([WebhookItem.is_notice_due.set(False)], condition=WebhookItem.pk.exists()))

    def _subscribe(self, writes: TransactWrite, webhook: Webhook) -> None:
        if webhook.status == WebhookStatus.ACTIVE and webhook.types:
            types = frozenset(event_type.value for event_type in webhook.types)
            subscriber = EventSubscriber(kind=SUBSCRIBER_KIND, id=webhook.id, types=types, list_id=webhook.list_id)
            self._subscribers.add_to(writes, webhook.account_id, subscriber)
        else:
            self._subscribers.remove_in(writes, webhook.account_id, SUBSCRIBER_KIND, webhook.id)


def _item(webhook: Webhook) -> WebhookItem:
    values = asdict(webhook) | {
        "types": [event_type.value for event_type in webhook.types],
        "origins": [origin.value for origin in webhook.origins],
        "log_types": [log_type.value for log_type in webhook.log_types],
        "other_events": list(webhook.other_events),
        "status": webhook.status.value,
        "rate_limit_period": webhook.rate_limit_period.value,
        "disabled_reason": webhook.disabled_reason and webhook.disabled_reason.value,
    }
    return WebhookItem(account_key(webhook.account_id), _PREFIX + webhook.id, **values)


def _webhook(item: WebhookItem) -> Webhook:
    return Webhook(
        id=item.id,
        account_id=item.account_id,
        url=item.url,
        types=tuple(DomainEventType(value) for value in map(str, item.types)),
        format=item.format,
        created_at=item.created_at,
        status=WebhookStatus(item.status),
        list_id=None if item.list_id is None else int(item.list_id),
        origins=tuple(Origin(value) for value in map(str, item.origins)),
        log_types=tuple(EventType(value) for value in map(str, item.log_types)),
        name=item.name,
        other_events=tuple(map(str, item.other_events)),
        has_content=bool(item.has_content),
        is_first_only=bool(item.is_first_only),
        is_ordered=bool(item.is_ordered),
        rate_limit=int(item.rate_limit),
        rate_limit_period=RatePeriod(item.rate_limit_period),
        archived_at=item.archived_at,
        disabled_reason=None if item.disabled_reason is None else DisabledReason(item.disabled_reason),
        is_notice_due=bool(item.is_notice_due),
        secret_number=int(item.secret_number),
        former_secret_until=item.former_secret_until,
        version=int(item.version),
    )
