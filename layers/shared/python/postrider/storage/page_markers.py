"""Store the start of the next numbered page after each page, so that consecutive pages cost the same."""

import hashlib
from datetime import timedelta

from pynamodb.attributes import JSONAttribute

from postrider.kit.clock import Clock
from postrider.kit.paging import Position
from postrider.storage.accounts_table import padded
from postrider.storage.jobs_table import JobItem

KEPT_FOR = timedelta(hours=1)


class PageMarkerItem(JobItem, discriminator="bookmark"):
    position = JSONAttribute()


class PageMarkers:
    def __init__(self, now: Clock) -> None:
        self._now = now

    def nearest(self, account_id: str, listing: str, page: int) -> tuple[int, Position | None]:
        """Return (number, position before its first row) of the last page with a marker up to `page`."""
        items = PageMarkerItem.query(
            _key(account_id, listing),
            PageMarkerItem.sk.between(padded(1), padded(page)),
            scan_index_forward=False,
            limit=1,
        )
        for item in items:
            # DynamoDB deletes expired items late, but a marker stays correct after its expiry.
            run, key = item.position
            return int(item.sk), (run, key)
        return 1, None

    def add(self, account_id: str, listing: str, page: int, position: Position) -> None:
        expires_at = self._now() + KEPT_FOR
        PageMarkerItem(_key(account_id, listing), padded(page), position=list(position), expires_at=expires_at).save()


def _key(account_id: str, listing: str) -> str:
    """Return the key of a listing (list, filter and page size). It is hashed, since the filter may contain an address."""
    return f"bookmark#{account_id}#{hashlib.sha256(listing.encode()).hexdigest()}"
