"""Write a change and its events in one transaction. Without events a single write stays a single write."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from postrider.storage.dynamo import transaction


class PendingEvents:
    """Events to be stored with a change. `items` are their items; `committed` is called after the transaction."""

    def __init__(self, items: Sequence[Model] = (), committed: Callable[[], object] = lambda: None) -> None:
        self._items, self._committed = items, committed

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
