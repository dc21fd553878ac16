"""Store callbacks until they are delivered, and the log of deliveries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from postrider.kit.clock import from_unix
from postrider.outbox.mapping import from_json, to_json
from postrider.outbox.model import DomainEvent
from postrider.storage.dynamo import batch_get, execute_statements, insert_statement
from postrider.storage.outbox_table import OutboxTableItem
from postrider.webhooks.model import Callback, Delivery, DeliveryStatus, delivery_id_of
from postrider.webhooks.rules import WAITS_FOR
from postrider.webhooks.table import CallbackItem, DeliveryItem

LOGGED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class CallbackAttempt:
    """A callback, the log entry of its attempt, and the callback for the next attempt (None: no further attempt)."""

    callback: Callback
    delivery: Delivery
    next_callback: Callback | None


class CallbackRepository:
    # Waiting callbacks

    def add(self, account_id: str, webhook_id: str, events: Sequence[DomainEvent], now: datetime) -> None:
        """Store callbacks for events, unless they are waiting or were attempted before."""
        keys = [(_log_key(account_id, webhook_id), delivery_id_of(event)) for event in events]
        attempted = {item.sk for item in batch_get(DeliveryItem, keys)}
        self.put(account_id, webhook_id, [event for event in events if delivery_id_of(event) not in attempted], now)

    def put(
        self, account_id: str, webhook_id: str, events: Iterable[DomainEvent], now: datetime, due_ms: int | None = None
    ) -> None:
        """Store callbacks, unless they are waiting; they are due at `due_ms`, or at the moments of their events."""
        callbacks = [
            Callback(event=event, due_ms=event.at_ms if due_ms is None else due_ms, queued_at=now) for event in events
        ]
        execute_statements(
            [insert_statement(_callback_item(account_id, webhook_id, callback)) for callback in callbacks]
        )

    def due(self, account_id: str, webhook_id: str, now: datetime, most: int) -> list[Callback]:
        """Return the callbacks that are due, in order, at most `most`."""
        end = f"{int(now.timestamp() * 1000) + 1:015d}"
        key = _waiting_key(account_id, webhook_id)
        items = CallbackItem.query(key, CallbackItem.sk < end, limit=most, consistent_read=True)
        return [_callback(item) for item in items]

    def next_due(self, account_id: str, webhook_id: str) -> datetime | None:
        """Return the moment at which the next callback is due; None if no callback waits."""
        items = CallbackItem.query(_waiting_key(account_id, webhook_id), limit=1, consistent_read=True)
        return next((from_unix(_due_ms(item) // 1000) for item in items), None)

    def waiting(self, account_id: str, webhook_id: str, after: str | None, most: int) -> list[tuple[str, Callback]]:
        """Return (key, callback) of waiting callbacks in order, after a key."""
        condition = None if after is None else CallbackItem.sk > after
        items = CallbackItem.query(_waiting_key(account_id, webhook_id), condition, limit=most)
        return [(item.sk, _callback(item)) for item in items]

    def drop(self, account_id: str, webhook_id: str, callbacks: Sequence[Callback]) -> None:
        """Delete waiting callbacks without a call."""
        with OutboxTableItem.batch_write() as batch:
            for callback in callbacks:
                batch.delete(_callback_item(account_id, webhook_id, callback))

    # Attempts

    def record(self, account_id: str, webhook_id: str, attempts: Sequence[CallbackAttempt]) -> None:
        """Store the outcome of attempts: entries of the log, and the callbacks that wait for another attempt."""
        with OutboxTableItem.batch_write() as batch:
            for attempt in attempts:
                old = _callback_item(account_id, webhook_id, attempt.callback)
                batch.save(_delivery_item(account_id, webhook_id, attempt.delivery))
                if attempt.next_callback is not None:
                    batch.save(_callback_item(account_id, webhook_id, attempt.next_callback))
                if attempt.next_callback is None or attempt.next_callback.due_ms != attempt.callback.due_ms:
                    batch.delete(old)

    # The log

    def delivery(self, account_id: str, webhook_id: str, delivery_id: str) -> Delivery | None:
        items = batch_get(DeliveryItem, [(_log_key(account_id, webhook_id), delivery_id)])
        return next((_delivery(item) for item in items), None)

    def deliveries(
        self,
        account_id: str,
        webhook_id: str,
        *,
        after: str | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
        status: DeliveryStatus | None = None,
        most: int,
    ) -> list[Delivery]:
        """Return entries of events between two moments (Unix seconds, inclusive), the newest first, after an id."""
        low = f"{(start_time or 0) * 1000:015d}"
        high = f"{((end_time or 10**11) + 1) * 1000:015d}"
        if after is not None:
            high = min(high, after)
        wanted = None if status is None else DeliveryItem.status == status.value
        items: Iterator[DeliveryItem] = iter(
            DeliveryItem.query(
                _log_key(account_id, webhook_id),
                DeliveryItem.sk.between(low, high),
                filter_condition=wanted,
                scan_index_forward=False,
                limit=most + 1,
            )
        )
        entries = [_delivery(item) for item in items if item.sk != after and item.sk < high]
        return entries[:most]


def _waiting_key(account_id: str, webhook_id: str) -> str:
    return f"callbacks#{account_id}#{webhook_id}"


def _log_key(account_id: str, webhook_id: str) -> str:
    return f"deliveries#{account_id}#{webhook_id}"


def _due_ms(item: CallbackItem) -> int:
    return int(item.sk.partition("#")[0])


def _callback_item(account_id: str, webhook_id: str, callback: Callback) -> CallbackItem:
    return CallbackItem(
        _waiting_key(account_id, webhook_id),
        f"{callback.due_ms:015d}#{callback.delivery_id}",
        account_id=account_id,
        event=to_json(callback.event),
        attempts=callback.attempts,
        queued_at=callback.queued_at,
        expires_at=callback.queued_at + WAITS_FOR,
    )


def _callback(item: CallbackItem) -> Callback:
    return Callback(
        event=from_json(item.account_id, item.event),
        due_ms=_due_ms(item),
        queued_at=item.queued_at,
        attempts=int(item.attempts),
    )


def _delivery_item(account_id: str, webhook_id: str, delivery: Delivery) -> DeliveryItem:
    return DeliveryItem(
        _log_key(account_id, webhook_id),
        delivery.id,
        account_id=account_id,
        event=to_json(delivery.event),
        status=delivery.status.value,
        attempts=delivery.attempts,
        attempted_at=delivery.attempted_at,
        http_status=delivery.http_status,
        error=delivery.error,
        took_ms=delivery.took_ms,
        next_attempt_at=delivery.next_attempt_at,
        expires_at=delivery.attempted_at + LOGGED_FOR,
    )


def _delivery(item: DeliveryItem) -> Delivery:
    return Delivery(
        id=item.sk,
        event=from_json(item.account_id, item.event),
        status=DeliveryStatus(item.status),
        attempts=int(item.attempts),
        attempted_at=item.attempted_at,
        http_status=None if item.http_status is None else int(item.http_status),
        error=item.error,
        took_ms=None if item.took_ms is None else int(item.took_ms),
        next_attempt_at=item.next_attempt_at,
    )
