"""Cache the takers of events.

The takers of an account are read with one query and cached for MAX_AGE_S. So a new taker gets all events that occur later
than MAX_AGE_S after it was stored, and perhaps earlier ones. Subscriptions and unsubscriptions are an exception: for them
the takers are read again, since a contact could miss its only chance to enter a workflow. An event without a taker is
ignored when it is relayed.
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
        """Return the takers of the account, which may be a few seconds old."""
        takers: Sequence[Taker] | None = self._known.get(account_id)
        if takers is None:
            takers = self._known[account_id] = tuple(self._takers.all(account_id))
        return takers

    def current(self, account_id: str) -> Sequence[Taker]:
        """Read the takers of the account now, and return them."""
        takers = self._known[account_id] = tuple(self._takers.all(account_id))
        return takers

    def take(self, account_id: str, event_type: str, list_id: int | None = None) -> bool:
        """Return whether any taker of the account takes this event."""
        return is_taken(self.of(account_id), event_type, list_id)

    def add_to(self, writes: TransactWrite, account_id: str, taker: Taker) -> None:
        """Store a new or changed taker in the transaction of its own change."""
        self._known.pop(account_id, None)
        self._takers.add_to(writes, account_id, taker)

    def remove_in(self, writes: TransactWrite, account_id: str, kind: str, taker_id: str) -> None:
        """Remove a taker, which may not exist, in the transaction of its own change."""
        self._known.pop(account_id, None)
        self._takers.remove_in(writes, account_id, kind, taker_id)
