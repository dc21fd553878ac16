"""Record the events of an account for webhooks and workflows.

`pending` returns the events of a change, which its repository stores in the transaction of the change. `announce` enqueues
events of the log, after the row of the log is written: the worker that wrote it repeats both after a crash. Both do
nothing if the events have no subscriber.
"""

from collections.abc import Iterator, Sequence
from itertools import count

from postrider.kit.actors import current_actor
from postrider.kit.chunks import in_chunks
from postrider.kit.clock import Clock
from postrider.kit.ids import random_id
from postrider.kit.observability import logger
from postrider.outbox.mapping import to_json
from postrider.outbox.model import DomainEvent, DomainEventType, NewEvent
from postrider.outbox.queue_messages import RelayEvents
from postrider.outbox.repository import OutboxRepository, shard_of
from postrider.outbox.subscribers import EventSubscribers
from postrider.outbox.writes import NO_EVENTS, PendingEvents
from postrider.ports.queue import Queue

RELAY_QUEUE = "relay-domain-events"
BEGINNINGS = frozenset({DomainEventType.CONTACT_SUBSCRIBED, DomainEventType.CONTACT_UNSUBSCRIBED})
"""Events by which contacts enter workflows: an event that was not recorded cannot be repaired later."""
EVENTS_A_MESSAGE = 50
"""Maximum number of events of the log in one message: far below the 64 KiB that SQS bills as one request."""
_sequence = count()


class Outbox:
    def __init__(self, outbox: OutboxRepository, subscribers: EventSubscribers, queue: Queue, now: Clock) -> None:
        self._outbox, self._subscribers, self._queue, self._now = outbox, subscribers, queue, now

    def pending(self, account_id: str, *events: NewEvent) -> PendingEvents:
        """Return the events that have a subscriber, to be stored with their change."""
        subscribed = list(self._with_subscribers(account_id, events))
        if not subscribed:
            return NO_EVENTS
        item = self._outbox.item_of(account_id, subscribed)
        message = RelayEvents(account_id=account_id, shard=shard_of(item.pk), key=item.sk)
        return PendingEvents([item], lambda: self._enqueue(message))

    def announce(self, account_id: str, events: Sequence[NewEvent]) -> None:
        """Enqueue the events of the log that have a subscriber. Their ids are derived from the log, since they may be repeated.

        Raises QueueRefused: the caller's message is delivered again.
        """
        subscribed = list(self._with_subscribers(account_id, events))
        messages = [
            RelayEvents(account_id=account_id, events=[to_json(event) for event in chunk])
            for chunk in in_chunks(subscribed, EVENTS_A_MESSAGE)
        ]
        if messages:
            self._queue.send(RELAY_QUEUE, messages, group=account_id)

    def has_subscriber(self, account_id: str, *event_types: str, list_id: int | None = None) -> bool:
        """Return whether events of any of these types have a subscriber."""
        return any(self._subscribers.has_any(account_id, event_type, list_id) for event_type in event_types)

    def _with_subscribers(self, account_id: str, events: Sequence[NewEvent]) -> Iterator[DomainEvent]:
        if not events:
            return
        is_decisive = any(event.type in BEGINNINGS for event in events)
        subscribers = self._subscribers.current(account_id) if is_decisive else self._subscribers.of(account_id)
        if not subscribers:
            return
        now_ms = int(self._now().timestamp() * 1000)
        for event in events:
            if any(subscriber.receives(event.type, event.list_id) for subscriber in subscribers):
                at_ms = now_ms if event.at_ms is None else event.at_ms
                yield DomainEvent(
                    id=event.id or _ordered_id(at_ms),
                    type=event.type,
                    account_id=account_id,
                    at_ms=at_ms,
                    data=event.data,
                    list_id=event.list_id,
                    actor=current_actor(),
                )

    def _enqueue(self, message: RelayEvents) -> None:
        """Enqueue the message of a stored item. A failure is logged: the change is stored, and the sweeper enqueues the item."""
        try:
            self._queue.send(RELAY_QUEUE, [message], group=message.account_id)
        except Exception:
            logger.exception("events not enqueued", key=message.key)


def _ordered_id(at_ms: int) -> str:
    """Return a random id that sorts by the moment, and after earlier ids of this process with the same moment."""
    return f"{at_ms:011x}{next(_sequence) % 0x10000:04x}{random_id(10)}"
