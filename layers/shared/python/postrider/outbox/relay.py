"""Relay events to their consumers, and enqueue events whose message was lost again."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from postrider.kit.clock import Clock
from postrider.outbox.mapping import from_json
from postrider.outbox.model import DomainEvent
from postrider.outbox.queue_messages import RelayEvents
from postrider.outbox.repository import OutboxRepository
from postrider.outbox.service import RELAY_QUEUE
from postrider.outbox.subscribers import EventSubscribers
from postrider.ports.queue import Queue

OVERDUE_AFTER = timedelta(minutes=2)
"""The age after which the message of an item is considered lost."""
SWEPT_AGAIN_AFTER = timedelta(minutes=15)
"""Time until an item that was enqueued again is enqueued another time."""
SWEPT_AT_ONCE = 500
"""Maximum number of items of a shard in a run; the next run enqueues the others."""


class EventConsumer(Protocol):
    """A consumer of events. It must ignore an event that it receives again."""

    def receive(self, account_id: str, events: Sequence[DomainEvent]) -> None:
        """Process events of an account for the subscribers of this consumer, in the order in which they occurred."""
        ...


class OutboxRelay:
    def __init__(
        self,
        outbox: OutboxRepository,
        subscribers: EventSubscribers,
        consumers: Mapping[str, Callable[[], EventConsumer]],
        queue: Queue,
        now: Clock,
    ) -> None:
        """Initialize the relay. `consumers` has a factory by kind of subscriber ("webhooks")."""
        self._outbox, self._subscribers, self._consumers, self._queue, self._now = (
            outbox,
            subscribers,
            consumers,
            queue,
            now,
        )

    def relay(self, message: RelayEvents) -> None:
        """Send the events of a message to the consumers of their subscribers, then delete the item."""
        if message.shard is None or message.key is None:
            events = [from_json(message.account_id, values) for values in message.events]
            self._deliver(message.account_id, events)
            return
        stored = self._outbox.find(message.shard, message.key)
        if stored is not None:
            self._deliver(*stored)
            self._outbox.delete(message.shard, message.key)

    def _deliver(self, account_id: str, events: Sequence[DomainEvent]) -> None:
        subscribers = self._subscribers.current(account_id)
        for kind in sorted({subscriber.kind for subscriber in subscribers} & self._consumers.keys()):
            of_kind = [subscriber for subscriber in subscribers if subscriber.kind == kind]
            received = [
                event
                for event in events
                if any(subscriber.receives(event.type, event.list_id) for subscriber in of_kind)
            ]
            if received:
                self._consumers[kind]().receive(account_id, received)

    def sweep(self) -> dict[str, int]:
        """Enqueue items that were not relayed in time again; return their number."""
        now, swept = self._now(), 0
        overdue = self._outbox.overdue(
            before=now - OVERDUE_AFTER, swept_before=now - SWEPT_AGAIN_AFTER, most=SWEPT_AT_ONCE
        )
        for account_id, shard, key in overdue:
            message = RelayEvents(account_id=account_id, shard=shard, key=key)
            self._queue.send(RELAY_QUEUE, [message], group=account_id)
            swept += self._outbox.mark_swept(shard, key, now)
        return {"events_swept": swept}
