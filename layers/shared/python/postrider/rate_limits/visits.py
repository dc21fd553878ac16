"""Store the counters of visits in a window, and the moments of the next allowed acts."""

from datetime import UTC, datetime
from typing import Final

from pynamodb.expressions.update import Action

from postrider.rate_limits.table import TurnItem, VisitItem
from postrider.storage.dynamo import was_made

TURN: Final = "turn"


class VisitRepository:
    def count(self, key: str, window: str, *, most: int, expires_at: datetime) -> int | None:
        """Count a visit in this window and return their number; if it is `most` already, return None without counting."""
        actions: list[Action] = [
            VisitItem.used.add(1),
            VisitItem.kind.set(VisitItem),
            VisitItem.expires_at.set(expires_at),
        ]
        room = VisitItem.used.does_not_exist() | (VisitItem.used < most)
        item = VisitItem(key, window)
        return int(item.used) if was_made(lambda: item.update(actions=actions, condition=room)) else None

    def uncount(self, key: str, window: str) -> None:
        VisitItem(key, window).update(actions=[VisitItem.used.add(-1)])

    def take_turn(self, key: str, now: datetime, *, next_at: datetime, expires_at: datetime) -> datetime | None:
        """Set the moment of the next turn if a turn is due now; otherwise return the moment of the next turn."""
        actions: list[Action] = [
            TurnItem.next_at.set(_milliseconds(next_at)),
            TurnItem.kind.set(TurnItem),
            TurnItem.expires_at.set(expires_at),
        ]
        is_due = TurnItem.next_at.does_not_exist() | (TurnItem.next_at <= _milliseconds(now))
        if was_made(lambda: TurnItem(key, TURN).update(actions=actions, condition=is_due)):
            return None
        return datetime.fromtimestamp(TurnItem.get(key, TURN, consistent_read=True).next_at / 1000, UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
