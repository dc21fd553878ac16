"""Store suppressions."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.kit.chunks import in_chunks
from postrider.kit.clock import Clock, unix, utc_now
from postrider.kit.signing import keyed_hash
from postrider.outbox.model import DomainEventType, NewEvent
from postrider.outbox.writes import NO_RECORDER, EventRecorder, PendingEvents
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get, was_made
from postrider.suppressions.model import LOCKED, Suppression, SuppressionSource
from postrider.suppressions.table import LiftedItem, SuppressionItem

COUNTER = "counter"
UNSETTLED, WILDCARD = "unsettled#", "wildcard#"
_LIFTED = "lifted_suppression#"
_ROWS = f"{UNSETTLED}rows#"
ADDED_TOGETHER = 90
"""Entries in a transaction; the rest of the 100 items that DynamoDB allows is for the counter and the events."""


LIFTED_FOR = timedelta(days=31)
"""Retention of the address of a removed entry for the event of its removal: longer than the log of callbacks."""


class SuppressionRepository:
    def __init__(self, root: bytes, outbox: EventRecorder = NO_RECORDER, now: Clock = utc_now) -> None:
        self._root, self._outbox, self._now = root, outbox, now

    def digest(self, account_id: str, pattern: str) -> str:
        """Return the key of an entry: a keyed hash of an address, or a wildcard as plain text, since it identifies no person."""
        if "*" in pattern:
            return f"{WILDCARD}{pattern}"
        return "address#" + keyed_hash(self._root, "suppression", f"{account_id}\n{pattern}")

    def get(self, account_id: str, pattern: str) -> Suppression | None:
        return next(iter(self.many(account_id, [pattern])), None)

    def many(self, account_id: str, patterns: Iterable[str]) -> list[Suppression]:
        """Return the entries with exactly these patterns, with one call for 100."""
        return self._of(account_id, [self.digest(account_id, pattern) for pattern in patterns])

    def _of(self, account_id: str, digests: Iterable[str]) -> list[Suppression]:
        keys = [(account_id, digest) for digest in digests]
        return [_suppression(item) for item in batch_get(SuppressionItem, keys)]

    def beside_marks(self, account_id: str) -> list[Suppression]:
        """Return the entries without complete marks on contacts: wildcards, and entries that are being changed."""
        items = SuppressionItem.query(account_id, SuppressionItem.digest >= UNSETTLED, consistent_read=True)
        wildcards, unsettled = [], set()
        for item in items:
            if item.digest.startswith(WILDCARD):
                wildcards.append(_suppression(item))
            else:
                unsettled.update(item.digests or [item.digest.removeprefix(UNSETTLED).rpartition("#")[0]])
        return wildcards + self._of(account_id, unsettled)

    def wildcards(self, account_id: str, most: int) -> list[Suppression]:
        """Return at most `most` wildcards."""
        wildcards = SuppressionItem.digest.startswith(WILDCARD)
        return [_suppression(item) for item in SuppressionItem.query(account_id, wildcards, limit=most)]

    def unsettle(self, account_id: str, pattern: str, now: datetime) -> str:
        """Store a note that the marks of this entry are about to change, and return it for `settle`."""
        note = f"{self._notes(account_id, pattern)}{uuid.uuid4().hex}"
        SuppressionItem(account_id, note, added_at=now).save()
        return note

    def settle(self, account_id: str, pattern: str, note: str, *, ended_before: datetime) -> None:
        """Delete the note, and old notes of calls that have certainly ended."""
        notes = SuppressionItem.digest.startswith(self._notes(account_id, pattern))
        for item in SuppressionItem.query(account_id, notes, consistent_read=True):
            if item.digest == note or item.added_at < ended_before:
                item.delete()

    def unsettle_rows(self, account_id: str, patterns: Iterable[str], name: str, now: datetime) -> None:
        """Record that the marks of these entries are about to change. Rows of an import that is repeated have one `name`."""
        digests = [self.digest(account_id, pattern) for pattern in patterns]
        SuppressionItem(account_id, f"{_ROWS}{name}", added_at=now, digests=digests).save()

    def settle_rows(self, account_id: str, name: str) -> None:
        """Delete the note of these rows."""
        SuppressionItem(account_id, f"{_ROWS}{name}").delete()

    def _notes(self, account_id: str, pattern: str) -> str:
        return f"{UNSETTLED}{self.digest(account_id, pattern)}#"

    def since(self, account_id: str, moment: datetime) -> list[Suppression]:
        """Return the entries added at or after `moment`, oldest first."""
        items = SuppressionItem.recent.query(account_id, SuppressionItem.added_key >= padded(unix(moment)))
        return [_suppression(item) for item in items]

    def in_order(self, account_id: str, after: str | None, limit: int) -> list[tuple[str, Suppression]]:
        """Return (key, entry) pairs in order of addition, starting after the key `after`."""
        condition = None if after is None else SuppressionItem.added_key > after
        items = SuppressionItem.recent.query(account_id, condition, limit=limit)
        return [(item.added_key, _suppression(item)) for item in items]

    def count(self, account_id: str) -> int:
        return sum(int(item.number or 0) for item in self._counter(account_id))

    def additions(self, account_id: str) -> int:
        """Return the number of entries ever added."""
        return sum(int(item.additions or 0) for item in self._counter(account_id))

    def _counter(self, account_id: str) -> Iterator[SuppressionItem]:
        return iter(SuppressionItem.query(account_id, SuppressionItem.digest == COUNTER, consistent_read=True))

    def add(self, entry: Suppression) -> bool:
        """Store an entry and count it. Return False if the pattern already has an entry."""
        item = _item(entry)
        events = [] if entry.is_erasure else [_event(DomainEventType.SUPPRESSION_ADDED, entry)]
        pending = self._outbox.pending(entry.account_id, *events)
        return self._counted(
            1, lambda writes: writes.save(item, SuppressionItem.digest.does_not_exist()), entry, pending
        )

    def add_many(self, account_id: str, entries: Iterable[Suppression]) -> tuple[int, int]:
        """Store new entries and count them, 90 per transaction; a source that a person requested replaces that of a stored entry.

        Return how many of these were added with their `origin`, now or by an interrupted call, and how many were replaced.
        """
        added = replaced = 0
        for chunk in in_chunks(entries, ADDED_TOGETHER):
            while True:
                stored = {entry.digest: entry for entry in self._of(account_id, [entry.digest for entry in chunk])}
                new = [entry for entry in chunk if entry.digest not in stored]
                requested = [
                    entry
                    for entry in chunk
                    if entry.digest in stored and entry.source in LOCKED and stored[entry.digest].source not in LOCKED
                ]
                if self._add_together(account_id, new, requested):
                    break
            repeated = [
                entry for entry in chunk if entry.digest in stored and stored[entry.digest].origin == entry.origin
            ]
            added += len(new) + len(repeated)
            replaced += len(set(requested).difference(repeated))
        return added, replaced

    def _add_together(self, account_id: str, new: Sequence[Suppression], requested: Sequence[Suppression]) -> bool:
        """Write these entries in one transaction. Return False when another call has added or changed one of them."""
        if not new and not requested:
            return True
        events = [_event(DomainEventType.SUPPRESSION_ADDED, entry) for entry in new]
        pending = self._outbox.pending(account_id, *events)

        def commit() -> None:
            with pending.transaction() as writes:
                for entry in new:
                    writes.save(_item(entry), SuppressionItem.digest.does_not_exist())
                for entry in requested:
                    item = SuppressionItem(account_id, entry.digest)
                    is_weaker = SuppressionItem.source.is_in(
                        *(source.value for source in SuppressionSource if source not in LOCKED)
                    )
                    writes.update(item, actions=_source_replacement(entry.source), condition=is_weaker)
                if new:
                    number, additions = SuppressionItem.number, SuppressionItem.additions
                    actions: list[Action] = [number.add(len(new)), additions.add(len(new))]
                    writes.update(SuppressionItem(account_id, COUNTER), actions=actions)

        return was_made(commit)

    def strengthen(self, account_id: str, pattern: str, source: SuppressionSource) -> bool:
        """Change the source of an entry to a source that the person requested. Return False if the entry was removed."""
        item = SuppressionItem(account_id, self.digest(account_id, pattern))
        is_other = SuppressionItem.digest.exists() & (SuppressionItem.source != source.value)
        return was_made(lambda: item.update(actions=_source_replacement(source), condition=is_other)) or bool(
            self._of(account_id, [item.digest])
        )

    def remove(self, entry: Suppression) -> bool:
        """Remove an entry. Return False if it was removed already, or its source has changed."""
        item = SuppressionItem(entry.account_id, entry.digest)
        unchanged = SuppressionItem.source == entry.source.value
        events = [] if entry.is_erasure else [_event(DomainEventType.SUPPRESSION_REMOVED, entry)]
        pending = self._outbox.pending(entry.account_id, *events)

        def write(writes: TransactWrite) -> None:
            writes.delete(item, unchanged)
            if pending:
                until = self._now() + LIFTED_FOR
                writes.save(LiftedItem(*_lifted_key(entry), pattern=entry.pattern, expires_at=until))

        return self._counted(-1, write, entry, pending)

    def pattern_of(self, account_id: str, digest: str) -> str | None:
        """Return the pattern of an entry, which may be removed recently; None after the erasure of the person."""
        entries = self._of(account_id, [digest])
        if entries:
            return entries[0].pattern
        lifted = batch_get(LiftedItem, [(_LIFTED + account_id, digest)])
        return next((item.pattern for item in lifted), None)

    def forget_lifted(self, account_id: str, pattern: str) -> None:
        """Delete the address that is kept for the event of its removal."""
        LiftedItem(_LIFTED + account_id, self.digest(account_id, pattern)).delete()

    def forget_address(self, account_id: str, pattern: str) -> None:
        """Remove the address from an entry and keep the entry, after the erasure of a person."""
        item = SuppressionItem(account_id, self.digest(account_id, pattern))
        item.update(actions=[SuppressionItem.pattern.remove()], condition=SuppressionItem.digest.exists())

    def restore_address(self, account_id: str, pattern: str) -> None:
        """Store the address of an entry again, after an erasure was lifted."""
        item = SuppressionItem(account_id, self.digest(account_id, pattern))
        item.update(actions=[SuppressionItem.pattern.set(pattern)], condition=SuppressionItem.digest.exists())

    def _counted(
        self,
        change: int,
        write: Callable[[TransactWrite], None],
        entry: Suppression,
        events: PendingEvents,
    ) -> bool:
        """Write and change the counter in one transaction. Return whether the condition of the write was true."""
        counter = SuppressionItem(entry.account_id, COUNTER)
        added = [SuppressionItem.additions.add(change)] if change > 0 else []

        def counted(writes: TransactWrite) -> None:
            write(writes)
            writes.update(counter, actions=[SuppressionItem.number.add(change), *added])

        def commit() -> None:
            with events.transaction() as writes:
                counted(writes)

        return was_made(commit)


def _event(event_type: DomainEventType, entry: Suppression) -> NewEvent:
    """Return an event with the keyed hash of the address, with which consumers look up the address unless it was erased."""
    return NewEvent(type=event_type, data={"digest": entry.digest, "source": entry.source.value})


def _source_replacement(source: SuppressionSource) -> list[Action]:
    """Return the actions that replace the source of an entry."""
    return [SuppressionItem.earlier_source.set(SuppressionItem.source), SuppressionItem.source.set(source.value)]


def _lifted_key(entry: Suppression) -> tuple[str, str]:
    return _LIFTED + entry.account_id, entry.digest


def _item(entry: Suppression) -> SuppressionItem:
    return SuppressionItem(
        entry.account_id,
        entry.digest,
        # Unique within the account, so that a page can continue after it.
        added_key=f"{padded(unix(entry.added_at))}#{entry.digest}",
        pattern=entry.pattern,
        source=entry.source.value,
        added_at=entry.added_at,
        origin=entry.origin,
    )


def _suppression(item: SuppressionItem) -> Suppression:
    return Suppression(
        account_id=item.account_id,
        digest=item.digest,
        pattern=item.pattern,
        source=SuppressionSource(item.source),
        added_at=item.added_at,
        earlier_source=SuppressionSource(item.earlier_source) if item.earlier_source else None,
        origin=item.origin,
    )
