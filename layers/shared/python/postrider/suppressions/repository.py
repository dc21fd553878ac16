"""Suppressions: entities in, entities out."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from postrider.directory import padded
from postrider.kit.clock import unix
from postrider.kit.dynamo import batch_get, condition_failed, transaction
from postrider.kit.sealing import keyed_hash
from postrider.suppressions.model import Source, Suppression
from postrider.suppressions.table import SuppressionItem

COUNTER = "counter"


class SuppressionRepository:
    def __init__(self, root: bytes) -> None:
        self._root = root

    def digest(self, account_id: str, pattern: str) -> str:
        """The key of an entry. An address cannot be read from it; a wildcard is no person and stays in clear."""
        if "*" in pattern:
            return f"wildcard#{pattern}"
        return "address#" + keyed_hash(self._root, "suppression", f"{account_id}\n{pattern}")

    def get(self, account_id: str, pattern: str) -> Suppression | None:
        return next(iter(self.many(account_id, [pattern])), None)

    def many(self, account_id: str, patterns: Iterable[str]) -> list[Suppression]:
        """Entries for exactly these patterns, 100 a call."""
        keys = [(account_id, self.digest(account_id, pattern)) for pattern in patterns]
        return [_suppression(item) for item in batch_get(SuppressionItem, keys)]

    def wildcards(self, account_id: str) -> list[str]:
        items = SuppressionItem.query(account_id, SuppressionItem.digest.startswith("wildcard#"), consistent_read=True)
        return [item.digest.removeprefix("wildcard#") for item in items]

    def since(self, account_id: str, moment: datetime) -> list[Suppression]:
        """Entries added at or after `moment`, oldest first."""
        items = SuppressionItem.recent.query(account_id, SuppressionItem.added_key >= padded(unix(moment)))
        return [_suppression(item) for item in items]

    def in_order(self, account_id: str, after: str | None, limit: int) -> list[tuple[str, Suppression]]:
        """(key to go on after, entry) in order of addition."""
        condition = None if after is None else SuppressionItem.added_key > after
        items = SuppressionItem.recent.query(account_id, condition, limit=limit)
        return [(item.added_key, _suppression(item)) for item in items]

    def count(self, account_id: str) -> int:
        items = SuppressionItem.query(account_id, SuppressionItem.digest == COUNTER, consistent_read=True)
        return sum(int(item.number or 0) for item in items)

    def add(self, entry: Suppression) -> bool:
        """Store an entry and count it; False when there is one for the pattern."""
        item = _item(entry)
        return self._counted(1, lambda writes: writes.save(item, SuppressionItem.digest.does_not_exist()), entry)

    def strengthen(self, account_id: str, pattern: str, source: Source) -> None:
        """Let an entry say that the person asked for it."""
        item = SuppressionItem(account_id, self.digest(account_id, pattern))
        item.update(actions=[SuppressionItem.source.set(source.value)], condition=SuppressionItem.digest.exists())

    def remove(self, entry: Suppression) -> bool:
        """False when it was gone already, or its source changed."""
        item = SuppressionItem(entry.account_id, entry.digest)
        unchanged = SuppressionItem.source == entry.source.value
        return self._counted(-1, lambda writes: writes.delete(item, unchanged), entry)

    def forget_address(self, account_id: str, pattern: str) -> None:
        """Keep the entry, drop the address: for a person who asked to be erased."""
        item = SuppressionItem(account_id, self.digest(account_id, pattern))
        item.update(actions=[SuppressionItem.pattern.remove()], condition=SuppressionItem.digest.exists())

    def _counted(self, change: int, write: Callable[[TransactWrite], None], entry: Suppression) -> bool:
        """Whether the write's condition held; only then it is counted."""
        counter = SuppressionItem(entry.account_id, COUNTER)
        try:
            with transaction() as writes:
                write(writes)
                writes.update(counter, actions=[SuppressionItem.number.add(change)])
        except TransactWriteError as exc:
            if not condition_failed(exc):
                raise
            return False
        return True


def _item(entry: Suppression) -> SuppressionItem:
    return SuppressionItem(
        entry.account_id,
        entry.digest,
        # Unique within the account, so that a page can go on after it.
        added_key=f"{padded(unix(entry.added_at))}#{entry.digest}",
        pattern=entry.pattern,
        source=entry.source.value,
        added_at=entry.added_at,
    )


def _suppression(item: SuppressionItem) -> Suppression:
    return Suppression(
        account_id=item.account_id,
        digest=item.digest,
        pattern=item.pattern,
        source=Source(item.source),
        added_at=item.added_at,
    )
