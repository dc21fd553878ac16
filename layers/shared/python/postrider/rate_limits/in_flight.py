"""Limit the calls that a caller makes at the same time, for all processes together: two write units a call."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from postrider.kit.clock import Clock
from postrider.kit.errors import RateLimited
from postrider.kit.observability import logger
from postrider.rate_limits.current import Lease, current_lease, set_lease
from postrider.rate_limits.table import LeasesItem
from postrider.storage.dynamo import was_made

LEASE: Final = timedelta(seconds=35)
"""Time after which a call has ended in any case: the HTTP API gives up after 30 s."""
LEASES: Final = "leases"
KEPT_FOR: Final = timedelta(hours=1)
RANDOM: Final = 10**6


class InFlight:
    def __init__(self, now: Clock, *, is_enabled: bool) -> None:
        self._now, self._is_enabled = now, is_enabled

    def enter(self, who: str, most: int) -> None:
        """Store that the current call of this process is in flight, once. Raises RateLimited above `most` calls."""
        if current_lease() is not None or not self._is_enabled:
            return
        now = self._now()
        lease = Lease(f"inflight#{who}", _number(now + LEASE) + secrets.randbelow(RANDOM))
        has_entered = self._add(lease, most, now) or (self._end_dead(lease.key, now) and self._add(lease, most, now))
        if not has_entered:
            raise RateLimited(
                f"Too many calls at the same time: limit of {most}; wait for the answers.",
                code="too_many_in_flight",
                details={"retry_after_s": None, "most": most},
            )
        set_lease(lease)

    def leave(self) -> None:
        """Store that the current call has ended. If this fails, the lease ends by itself."""
        lease = current_lease()
        if lease is None:
            return
        set_lease(None)
        try:
            LeasesItem(lease.key, LEASES).update(actions=[LeasesItem.numbers.delete([lease.number])])
        except PynamoDBException:
            logger.exception("a call was not taken out of those in flight")

    def _add(self, lease: Lease, most: int, now: datetime) -> bool:
        """Store the lease if fewer than `most` calls are in flight."""
        has_room = LeasesItem.numbers.does_not_exist() | (size(LeasesItem.numbers) < most)
        actions: list[Action] = [
            LeasesItem.numbers.add([lease.number]),
            LeasesItem.kind.set(LeasesItem),
            LeasesItem.expires_at.set(now + KEPT_FOR),
        ]
        return was_made(lambda: LeasesItem(lease.key, LEASES).update(actions=actions, condition=has_room))

    def _end_dead(self, key: str, now: datetime) -> bool:
        """Delete the leases of calls that ended without deleting them; return whether there were any."""
        numbers = LeasesItem.get(key, LEASES, consistent_read=True).numbers or ()
        dead = [number for number in numbers if number < _number(now)]
        if dead:
            LeasesItem(key, LEASES).update(actions=[LeasesItem.numbers.delete(dead)])
        return bool(dead)


def _number(moment: datetime) -> int:
    return int(moment.timestamp() * 1000) * RANDOM
