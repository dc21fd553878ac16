"""Write a change and its events in one transaction. Without events, a single write is made without a transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from postrider.outbox.model import NewEvent
from postrider.storage.dynamo import transaction


class PendingEvents:
    """Events to be stored with a change. `items` are their items; `committed` is called after the transaction."""

    def __init__(self, items: Sequence[Model] = (), committed: Callable[[], object] = lambda: None) -> None:
        self._items, self._committed = items, committed

    def with_others(self, others: "PendingEvents") -> "PendingEvents":
        """Return these events together with those of another account, for one transaction."""

        def committed() -> None:
            self._committed()
            others._committed()

        return PendingEvents([*self._items, *others._items], committed)

    def __bool__(self) -> bool:
        return bool(self._items)

    @contextmanager
    def transaction(self) -> Iterator[TransactWrite]:
        """Return a transaction that also stores the events."""
        with transaction() as writes:
            yield writes
            for item in self._items:
                writes.save(item)
        self._committed()

    def save(self, item: Model, condition: Condition | None = None) -> None:
        if not self._items:
            item.save(condition=condition)
            return
        with self.transaction() as writes:
            writes.save(item, condition=condition)

    def update(self, item: Model, actions: list[Action], condition: Condition | None = None) -> None:
        """Update an item in the table; the object `item` does not get the new values."""
        if not self._items:
            item.update(actions=actions, condition=condition)
            return
        with self.transaction() as writes:
            writes.update(item, actions=actions, condition=condition)

    def delete(self, item: Model, condition: Condition | None = None) -> Any:
        if not self._items:
            return item.delete(condition=condition)
        with self.transaction() as writes:
            writes.delete(item, condition=condition)
        return None


NO_EVENTS = PendingEvents()


class EventRecorder(Protocol):
    """A recorder of the events of changes; see `postrider.outbox.service`."""

    def pending(self, account_id: str, *events: NewEvent) -> PendingEvents: ...

    def announce(self, account_id: str, events: Sequence[NewEvent]) -> None: ...

    def has_subscriber(self, account_id: str, *event_types: str, list_id: int | None = None) -> bool: ...


class NoRecorder:
    """A recorder for services without events."""

    def pending(self, account_id: str, *events: NewEvent) -> PendingEvents:
        return NO_EVENTS

    def announce(self, account_id: str, events: Sequence[NewEvent]) -> None:
        return None

    def has_subscriber(self, account_id: str, *event_types: str, list_id: int | None = None) -> bool:
        return False


NO_RECORDER: EventRecorder = NoRecorder()
