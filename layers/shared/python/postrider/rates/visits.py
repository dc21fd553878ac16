"""Counters of what one visitor or one address did in a stretch of time."""

from datetime import datetime

from pynamodb.exceptions import UpdateError

from postrider.kit.dynamo import condition_failed
from postrider.rates.table import VisitItem


class VisitRepository:
    def count(self, key: str, window: str, *, most: int, expires_at: datetime) -> bool:
        """One more in this window; False, and nothing counted, when `most` are used up."""
        item = VisitItem(key, window)
        try:
            item.update(
                actions=[
                    VisitItem.used.add(1),
                    VisitItem.kind.set(VisitItem),
                    VisitItem.expires_at.set(expires_at),
                ],
                condition=VisitItem.used.does_not_exist() | (VisitItem.used < most),
            )
        except UpdateError as exc:
            if condition_failed(exc):
                return False
            raise
        return True

    def uncount(self, key: str, window: str) -> None:
        VisitItem(key, window).update(actions=[VisitItem.used.add(-1)])
