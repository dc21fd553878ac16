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
from postrider.rate_limits.current import Flight, current_flight, set_flight
from postrider.rate_limits.table import FlightsItem
from postrider.storage.dynamo import was_made

LONGEST: Final = timedelta(seconds=35)
"""The longest time of a call: the HTTP API gives up after 30 s."""
FLIGHTS: Final = "flights"
KEPT_FOR: Final = timedelta(hours=1)
RANDOM: Final = 10**6


class InFlight:
    def __init__(self, now: Clock, *, is_enabled: bool) -> None:
        self._now, self._is_enabled = now, is_enabled

    def enter(self, who: str, most: int) -> None:
        """Store that the current call of this process is in flight, once. Raises RateLimited above `most` calls."""
        if current_flight() is not None or not self._is_enabled:
            return
        now = self._now()
        flight = Flight(f"inflight#{who}", _number(now + LONGEST) + secrets.randbelow(RANDOM))
        has_entered = self._add(flight, most, now) or (self._end_dead(flight.key, now) and self._add(flight, most, now))
        if not has_entered:
            raise RateLimited(
                f"Too many calls at the same time: limit of {most}; wait for the answers.",
                code="too_many_in_flight",
                details={"retry_after_s": None, "most": most},
            )
        set_flight(flight)

    def leave(self) -> None:
        """Store that the current call has ended. If this fails, it no longer counts after LONGEST."""
        flight = current_flight()
        if flight is None:
            return
        set_flight(None)
        try:
            FlightsItem(flight.key, FLIGHTS).update(actions=[FlightsItem.numbers.delete([flight.number])])
        except PynamoDBException:
            logger.exception("a call was not taken out of those in flight")

    def _add(self, flight: Flight, most: int, now: datetime) -> bool:
        """Store the call if fewer than `most` calls are in flight."""
        has_room = FlightsItem.numbers.does_not_exist() | (size(FlightsItem.numbers) < most)
        actions: list[Action] = [
            FlightsItem.numbers.add([flight.number]),
            FlightsItem.kind.set(FlightsItem),
            FlightsItem.expires_at.set(now + KEPT_FOR),
        ]
        return was_made(lambda: FlightsItem(flight.key, FLIGHTS).update(actions=actions, condition=has_room))

    def _end_dead(self, key: str, now: datetime) -> bool:
        """Delete calls that must have ended without `leave`; return whether there were any."""
        numbers = FlightsItem.get(key, FLIGHTS, consistent_read=True).numbers or ()
        dead = [number for number in numbers if number < _number(now)]
        if dead:
            FlightsItem(key, FLIGHTS).update(actions=[FlightsItem.numbers.delete(dead)])
        return bool(dead)


def _number(moment: datetime) -> int:
    return int(moment.timestamp() * 1000) * RANDOM
