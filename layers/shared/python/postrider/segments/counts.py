"""Cache the number of matches of a filter for a minute, since programs request it frequently."""

from collections.abc import Callable
from datetime import timedelta

from pynamodb.attributes import NumberAttribute

from postrider.kit.clock import Clock
from postrider.storage.accounts_table import account_key, padded
from postrider.storage.jobs_table import JobItem

KEPT_FOR = timedelta(seconds=60)


class SegmentCountItem(JobItem, discriminator="segmentcount"):
    """pk account#<id>, sk `segmentcount#<padded segment>`."""

    matches = NumberAttribute()


class SegmentCounts:
    def __init__(self, now: Clock) -> None:
        self._now = now

    def of(self, account_id: str, segment_id: int, count: Callable[[], int]) -> int:
        """Return the number counted within the last minute, or else count and store it."""
        key = account_key(account_id), f"segmentcount#{padded(segment_id)}"
        kept = next(iter(SegmentCountItem.batch_get([key])), None)
        if kept is not None and kept.expires_at > self._now():  # DynamoDB deletes expired items late
            return int(kept.matches)
        matches = count()
        SegmentCountItem(*key, matches=matches, expires_at=self._now() + KEPT_FOR).save()
        return matches
