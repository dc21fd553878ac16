"""Record and list changes of an account."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from postrider.audit.model import AuditQuery, Change
from postrider.audit.repository import AuditRepository, key_at, key_of
from postrider.kit.clock import Clock
from postrider.kit.paging import Cursors, Page

KEPT_FOR: Final = timedelta(days=400)
MAX_READ: Final = 2000
"""Maximum number of changes that a call reads; with a rare filter, a page is short, and its cursor continues."""


class AuditService:
    def __init__(self, changes: AuditRepository, cursors: Cursors, now: Clock) -> None:
        self._changes, self._cursors, self._now = changes, cursors, now

    def record(self, change: Change) -> None:
        """Store a change; it is kept for KEPT_FOR."""
        self._changes.add(change, expires_at=change.at + KEPT_FOR)

    def page(self, account_id: str, query: AuditQuery, *, per_page: int, cursor: str | None = None) -> Page[Change]:
        """Return the changes that match the query, the newest first. Raises Invalid for a cursor of another query."""
        words = _words_of(query)
        start, end = self._bounds(query)
        if cursor:
            end = min(end, self._cursors.read(account_id, words, cursor))
        if key_at(start) >= end:
            return Page(items=())
        accepted: list[Change] = []
        read, last = 0, ""
        for change in self._changes.newest_first(account_id, start=start, end=end, page_size=min(per_page + 1, 500)):
            if len(accepted) == per_page or read == MAX_READ:
                return Page(items=accepted, next_cursor=self._cursors.write(account_id, words, last))
            read, last = read + 1, key_of(change)
            if query.accepts(change):
                accepted.append(change)
        return Page(items=accepted)

    def _bounds(self, query: AuditQuery) -> tuple[datetime, str]:
        """Return the bounds of the keys to read: the requested days without expired entries."""
        now = self._now()
        kept_since, tomorrow = now - KEPT_FOR, now.date() + timedelta(days=1)
        if not query.days:
            return kept_since, key_at(_begin_of(tomorrow))
        after_last = min(max(query.days), now.date()) + timedelta(days=1)
        return max(kept_since, _begin_of(min(query.days))), key_at(_begin_of(after_last))


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _words_of(query: AuditQuery) -> str:
    """Return a text that is equal for equal queries."""
    days = sorted(day.isoformat() for day in query.days)
    return f"audit {days} {sorted(query.user_ids)} {sorted(query.nouns)}"
