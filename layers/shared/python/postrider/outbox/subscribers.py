"""Cache the subscribers of domain events.

The subscribers of an account are read with one query and cached for MAX_AGE_S. So a new subscriber gets all events that occur
later than MAX_AGE_S after it was stored, and perhaps earlier ones. Subscriptions and unsubscriptions of contacts are an
exception: for them the subscribers are read again, since a contact could miss its only chance to enter a workflow. An event
without a subscriber is ignored when it is relayed.
"""

from collections.abc import Sequence

from pynamodb.transactions import TransactWrite

from postrider.kit.caching import short_lived_cache
from postrider.outbox.model import EventSubscriber, has_subscriber
from postrider.outbox.repository import EventSubscriberRepository


class EventSubscribers:
    def __init__(self, subscribers: EventSubscriberRepository) -> None:
        self._subscribers = subscribers
        self._known = short_lived_cache()

    def of(self, account_id: str) -> Sequence[EventSubscriber]:
        """Return the subscribers of the account, which may be a few seconds old."""
        subscribers: Sequence[EventSubscriber] | None = self._known.get(account_id)
        if subscribers is None:
            subscribers = self._known[account_id] = tuple(self._subscribers.all(account_id))
        return subscribers

    def current(self, account_id: str) -> Sequence[EventSubscriber]:
        """Read the subscribers of the account now, and return them."""
        subscribers = self._known[account_id] = tuple(self._subscribers.all(account_id))
        return subscribers

    def has_any(self, account_id: str, event_type: str, list_id: int | None = None) -> bool:
        """Return whether the account has a subscriber of this event."""
        return has_subscriber(self.of(account_id), event_type, list_id)

    def add_to(self, writes: TransactWrite, account_id: str, subscriber: EventSubscriber) -> None:
        """Store a new or changed subscriber in the transaction of its own change."""
        self._known.pop(account_id, None)
        self._subscribers.add_to(writes, account_id, subscriber)

    def remove_in(self, writes: TransactWrite, account_id: str, kind: str, subscriber_id: str) -> None:
        """Remove a subscriber, which may not exist, in the transaction of its own change."""
        self._known.pop(account_id, None)
        self._subscribers.remove_in(writes, account_id, kind, subscriber_id)
