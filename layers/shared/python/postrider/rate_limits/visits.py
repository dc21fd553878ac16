"""Counters of what one visitor or one address did in a stretch of time."""

from datetime import datetime

from pynamodb.expressions.update import Action

from postrider.rate_limits.table import VisitItem
from postrider.storage.dynamo import was_made


class VisitRepository:
    def count(self, key: str, window: str, *, most: int, expires_at: datetime) -> bool:
        """One more in this window; False, and nothing counted, when `most` are used up."""
        counted: list[Action] = [
            VisitItem.used.add(1),
            VisitItem.kind.set(VisitItem),
            VisitItem.expires_at.set(expires_at),
        ]
        room = VisitItem.used.does_not_exist() | (VisitItem.used < most)
        return was_made(lambda: VisitItem(key, window).update(actions=counted, condition=room))

    def uncount(self, key: str, window: str) -> None:
        VisitItem(key, window).update(actions=[VisitItem.used.add(-1)])
