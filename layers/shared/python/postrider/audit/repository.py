"""Store and read the entries of the audit log."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from postrider.audit.model import Change
from postrider.audit.table import ChangeItem
from postrider.storage.dynamo import entity

_MS_DIGITS = 13
"""Number of digits of milliseconds since 1970, until the year 2286."""


class AuditRepository:
    def add(self, change: Change, *, expires_at: datetime) -> None:
        ChangeItem(_pk(change.account_id), key_of(change), **asdict(change), expires_at=expires_at).save()

    def newest_first(self, account_id: str, *, start: datetime, end: str, page_size: int) -> Iterator[Change]:
        """Yield the changes from the key `start` to before the key `end`, the newest first; `page_size` are read per call."""
        items = ChangeItem.query(
            _pk(account_id),
            ChangeItem.sk.between(key_at(start), end),
            scan_index_forward=False,
            consistent_read=True,
            page_size=page_size,
        )
        return (entity(Change, item) for item in items if item.sk < end)


def key_of(change: Change) -> str:
    """Return the key of a change; keys are in order of time."""
    return f"{key_at(change.at)}#{change.id}"


def key_at(moment: datetime) -> str:
    """Return a key before the keys of all changes at or after this moment."""
    return f"{int(moment.timestamp() * 1000):0{_MS_DIGITS}d}"


def _pk(account_id: str) -> str:
    return f"audit#{account_id}"
