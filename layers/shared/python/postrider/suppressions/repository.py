"""Suppressions: entities in, entities out."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.kit.clock import unix
from postrider.kit.signing import keyed_hash
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get, transact, was_made
from postrider.suppressions.model import Source, Suppression
from postrider.suppressions.table import SuppressionItem

COUNTER = "counter"
UNSETTLED, WILDCARD = "unsettled#", "wildcard#"


class SuppressionRepository:
    def __init__(self, root: bytes) -> None:
        self._root = root

    def digest(self, account_id: str, pattern: str) -> str:
        """The key of an entry. An address cannot be read from it; a wildcard is no person and stays in clear."""
        if "*" in pattern:
            return f"{WILDCARD}{pattern}"
        return "address#" + keyed_hash(self._root, "suppression", f"{account_id}\n{pattern}")

    def get(self, account_id: str, pattern: str) -> Suppression | None:
        return next(iter(self.many(account_id, [pattern])), None)

    def many(self, account_id: str, patterns: Iterable[str]) -> list[Suppression]:
        """Entries for exactly these patterns, 100 a call."""
        return self._of(account_id, [self.digest(account_id, pattern) for pattern in patterns])

    def _of(self, account_id: str, digests: Iterable[str]) -> list[Suppression]:
        return [_suppression(item) for item in batch_get(SuppressionItem, [(account_id, one) for one in digests])]

    def beside_marks(self, account_id: str) -> list[Suppression]:
        """Entries that the marks on contacts need not tell of: wildcards, and those that are unsettled."""
        items = SuppressionItem.query(account_id, SuppressionItem.digest >= UNSETTLED, consistent_read=True)
        wildcards, unsettled = [], set()
        for item in items:
            if item.digest.startswith(WILDCARD):
                wildcards.append(_suppression(item))
            else:
                unsettled.add(item.digest.removeprefix(UNSETTLED).rpartition("#")[0])
        return wildcards + self._of(account_id, unsettled)

    def unsettle(self, account_id: str, pattern: str, now: datetime) -> str:
        """Note that the marks of this entry are about to change; what `settle` takes."""
        note = f"{self._notes(account_id, pattern)}{uuid.uuid4().hex}"
        SuppressionItem(account_id, note, added_at=now).save()
        return note

    def settle(self, account_id: str, pattern: str, note: str, *, ended_before: datetime) -> None:
        """Drop the note, and those of calls that began so long ago that they have ended."""
        notes = SuppressionItem.digest.startswith(self._notes(account_id, pattern))
        for item in SuppressionItem.query(account_id, notes, consistent_read=True):
            if item.digest == note or item.added_at < ended_before:
                item.delete()

    def _notes(self, account_id: str, pattern: str) -> str:
        return f"{UNSETTLED}{self.digest(account_id, pattern)}#"

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
        return sum(int(item.number or 0) for item in self._counter(account_id))

    def additions(self, account_id: str) -> int:
        """How many entries were ever added."""
        return sum(int(item.additions or 0) for item in self._counter(account_id))

    def _counter(self, account_id: str) -> Iterator[SuppressionItem]:
        return iter(SuppressionItem.query(account_id, SuppressionItem.digest == COUNTER, consistent_read=True))

    def add(self, entry: Suppression) -> bool:
        """Store an entry and count it; False when there is one for the pattern."""
        item = _item(entry)
        return self._counted(1, lambda writes: writes.save(item, SuppressionItem.digest.does_not_exist()), entry)

    def strengthen(self, account_id: str, pattern: str, source: Source) -> bool:
        """Let an entry say that the person asked for it; False when it is gone."""
        item = SuppressionItem(account_id, self.digest(account_id, pattern))
        asked: list[Action] = [SuppressionItem.source.set(source.value)]
        return was_made(lambda: item.update(actions=asked, condition=SuppressionItem.digest.exists()))

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
        added = [SuppressionItem.additions.add(change)] if change > 0 else []

        def counted(writes: TransactWrite) -> None:
            write(writes)
            writes.update(counter, actions=[SuppressionItem.number.add(change), *added])

        return was_made(lambda: transact(counted))


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
