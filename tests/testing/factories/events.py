"""Subscribers of events, and a consumer that stores the received events."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from postrider import bootstrap
from postrider.bootstrap import notifications
from postrider.outbox.model import DomainEvent, EventSubscriber
from postrider.storage.dynamo import transaction

KIND = "tests"


class RecordedEvents:
    """A consumer with memory."""

    def __init__(self) -> None:
        self.received: list[DomainEvent] = []

    def receive(self, account_id: str, events: Sequence[DomainEvent]) -> None:
        self.received += [event for event in events if event.account_id == account_id]

    @property
    def types(self) -> list[str]:
        return [event.type.value for event in self.received]


@contextmanager
def consumer(patch: pytest.MonkeyPatch) -> Iterator[RecordedEvents]:
    """Give the relay a consumer of the kind KIND."""
    kept = RecordedEvents()
    before = notifications._consumers()
    patch.setattr(notifications, "_consumers", lambda: {**before, KIND: lambda: kept})
    bootstrap.event_relay.cache_clear()
    try:
        yield kept
    finally:
        patch.undo()
        bootstrap.event_relay.cache_clear()


def subscribe(account_id: str, *types: str, list_id: int | None = None, subscriber_id: str = "1") -> None:
    """Store a subscriber of the kind KIND."""
    with transaction() as writes:
        subscriber = EventSubscriber(kind=KIND, id=subscriber_id, types=frozenset(types), list_id=list_id)
        bootstrap.event_subscribers().add_to(writes, account_id, subscriber)
