"""Store the counters of visits in a window."""

from datetime import datetime

from pynamodb.expressions.update import Action

from postrider.rate_limits.table import VisitItem
from postrider.storage.dynamo import was_made


class VisitRepository:
    def count(self, key: str, window: str, *, most: int, expires_at: datetime) -> bool:
        """Count a visit in this window. Return False, without counting it, when there are `most` already."""
        actions: list[Action] = [
            VisitItem.used.add(1),
            VisitItem.kind.set(VisitItem),
            VisitItem.expires_at.set(expires_at),
        ]
        room = VisitItem.used.does_not_exist() | (VisitItem.used < most)
        return was_made(lambda: VisitItem(key, window).update(actions=actions, condition=room))

    def uncount(self, key: str, window: str) -> None:
        VisitItem(key, window).update(actions=[VisitItem.used.add(-1)])
