"""Know cheaply whether anybody takes an event.

The subscribers of an account are read with one query and kept for MAX_AGE_S. So a subscriber gets every event from
MAX_AGE_S after it was stored on, and those before it that a process which knew of it has caused. Subscriptions and
unsubscriptions are an exception: they are recorded for the subscribers that are stored then, since a contact enters a
workflow by them or never. An event for a subscriber that is gone is dropped when it is relayed.
"""

from collections.abc import Sequence

from pynamodb.transactions import TransactWrite

from postrider.kit.caching import short_lived_cache
from postrider.outbox.model import Taker, is_taken
from postrider.outbox.repository import TakerRepository


class EventTakers:
    def __init__(self, takers: TakerRepository) -> None:
        self._takers = takers
        self._known = short_lived_cache()

    def of(self, account_id: str) -> Sequence[Taker]:
        """Return the subscribers of the account, as known for at most a few seconds."""
        takers: Sequence[Taker] | None = self._known.get(account_id)
        if takers is None:
            takers = self._known[account_id] = tuple(self._takers.all(account_id))
        return takers

    def current(self, account_id: str) -> Sequence[Taker]:
        """Return the subscribers of the account, read now."""
        takers = self._known[account_id] = tuple(self._takers.all(account_id))
        return takers

    def take(self, account_id: str, event_type: str, list_id: int | None = None) -> bool:
        """Return whether any subscriber of the account takes this event."""
        return is_taken(self.of(account_id), event_type, list_id)

    def add_to(self, writes: TransactWrite, account_id: str, taker: Taker) -> None:
        """Store a subscriber, new or changed, in the transaction of its own change."""
        self._known.pop(account_id, None)
        self._takers.add_to(writes, account_id, taker)

    def remove_in(self, writes: TransactWrite, account_id: str, kind: str, taker_id: str) -> None:
        """Remove a subscriber, which may not exist, in the transaction of its own change."""
        self._known.pop(account_id, None)
        self._takers.remove_in(writes, account_id, kind, taker_id)
