"""Manage suppressions. They override the status of contacts; suppressions requested by people cannot be removed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from postrider.contacts.address import canonical
from postrider.contacts.model import Contact
from postrider.kit.caching import short_lived_cache
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.storage.page_markers import PageMarkers
from postrider.suppressions import rules
from postrider.suppressions.model import LOCKED, Suppression, SuppressionSource
from postrider.suppressions.repository import SuppressionRepository
from postrider.suppressions.rules import ErasedAddress

FRESH_FOR = timedelta(seconds=2)
"""Maximum age of the suppressions that a sender uses."""
RECENT = timedelta(hours=1)
"""The age up to which entries are checked directly, since a sender may have read contacts before they were marked.

It is longer than the timeout of any function, so that all earlier calls have ended.
"""
READ_AGAIN_AFTER = timedelta(minutes=1)
"""Maximum age of the entries of the last hour that a sender uses; later ones are read every FRESH_FOR. After an import of many
entries, this is a read per minute instead of one every two seconds. A removed entry may have an effect for as long."""
INDEXED_WITHIN = timedelta(seconds=10)
"""Time within which an entry is in the index, also if the clocks of two processes differ."""

MAX_SHOWN_WILDCARDS = 1000
"""Maximum number of wildcards that are cached to show contacts (a query of 20 read units); beyond it, they are looked up."""
MAX_IMPORTED_WILDCARDS = MAX_SHOWN_WILDCARDS
"""Wildcards of an account up to which files may add some."""


@dataclass(frozen=True)
class SuppressedPatterns:
    """The patterns to check in addition to the marks on contacts, read at one moment."""

    patterns: frozenset[str]

    def covers(self, address: str) -> bool:
        """Return whether a pattern covers a canonical address."""
        return address in self.patterns or not self.patterns.isdisjoint(rules.wildcards_for(address))

    def stops(self, contact: Contact) -> bool:
        """Return whether the contact must not be mailed because of its mark or a pattern."""
        return contact.suppressed or self.covers(contact.address)


class SuppressionService:
    def __init__(self, suppressions: SuppressionRepository, page_markers: PageMarkers, now: Clock) -> None:
        self._suppressions, self._page_markers, self._now = suppressions, page_markers, now
        self._known: dict[str, tuple[datetime, SuppressedPatterns]] = {}
        self._last_hour: dict[str, tuple[datetime, frozenset[str]]] = {}
        self._shown_wildcards = short_lived_cache()

    # Entries: `usecases.suppress_address` calls these, and marks contacts

    def add_entry(self, account_id: str, pattern: str, source: SuppressionSource) -> Suppression:
        """Store the entry of a canonical pattern once; a source that the person requested replaces another source."""
        entry = Suppression(
            account_id=account_id,
            digest=self._suppressions.digest(account_id, pattern),
            pattern=pattern,
            source=source,
            added_at=self._now(),
        )
        while not self._suppressions.add(entry):
            if source not in LOCKED or self._suppressions.strengthen(account_id, pattern, source):
                break
        self._invalidate_caches(account_id)
        return entry

    def add_entries(self, account_id: str, sources: Mapping[str, SuppressionSource], *, origin: str) -> tuple[int, int]:
        """Store the entries of canonical patterns as `add_entry` does, many per call; return how many were added and replaced.

        `origin` names these rows of an import: those that an interrupted call added count as added.
        """
        now = self._now()
        entries = [
            Suppression(
                account_id=account_id,
                digest=self._suppressions.digest(account_id, pattern),
                pattern=pattern,
                source=source,
                added_at=now,
                origin=origin,
            )
            for pattern, source in sources.items()
        ]
        counts = self._suppressions.add_many(account_id, entries)
        self._invalidate_caches(account_id)
        return counts

    def expected_changes(self, account_id: str, sources: Mapping[str, SuppressionSource]) -> tuple[int, int]:
        """Return how many entries `add_entries` would add and replace now; write nothing."""
        stored = self._suppressions.many(account_id, sources)
        wanted = {self._suppressions.digest(account_id, pattern): source for pattern, source in sources.items()}
        replaced = [entry for entry in stored if rules.stronger(entry.source, wanted[entry.digest]) != entry.source]
        return len(sources) - len(stored), len(replaced)

    def wildcards_beyond_limit(self, account_id: str, patterns: Sequence[str]) -> list[str]:
        """Return the wildcards that a file cannot add: senders read all wildcards of an account again and again.

        The first ones can be added while there is room; those that the account has already need none.
        """
        own = {entry.pattern for entry in self._suppressions.wildcards(account_id, MAX_IMPORTED_WILDCARDS + 1)}
        room = max(MAX_IMPORTED_WILDCARDS - len(own), 0)
        if not room:  # the account may have more wildcards than were read
            own.update(entry.pattern for entry in self._suppressions.many(account_id, patterns))
        return [pattern for pattern in dict.fromkeys(patterns) if pattern not in own][room:]

    def removable_entry(self, account_id: str, email: str) -> Suppression:
        """Return the entry of an address or wildcard. Raises NotFound, or Invalid if the person requested it."""
        pattern = rules.pattern_of(email, field="email")
        entry = self._suppressions.get(account_id, pattern)
        if entry is None:
            raise NotFound("The address is not suppressed.", code="suppression_not_found", field="email")
        if entry.is_erasure:
            raise ErasedAddress(field="email")
        if entry.source in LOCKED:
            raise Invalid(
                "The suppression cannot be removed: the owner of the address requested it.",
                code="suppression_locked",
                field="email",
            )
        return entry

    def remove_entry(self, entry: Suppression) -> bool:
        """Remove the entry; return False if it was removed or changed since it was read."""
        is_removed = self._suppressions.remove(entry)
        self._invalidate_caches(entry.account_id)
        return is_removed

    def _invalidate_caches(self, account_id: str) -> None:
        self._known.pop(account_id, None)
        self._last_hour.pop(account_id, None)
        self._shown_wildcards.pop(account_id, None)

    def entry(self, account_id: str, pattern: str) -> Suppression | None:
        return self._suppressions.get(account_id, pattern)

    @contextmanager
    def unsettled(self, account_id: str, pattern: str) -> Iterator[None]:
        """Mark the entry as unsettled while it is changed and contacts are marked; after an exception it stays unsettled.

        An unsettled entry is checked when mail is sent, so that it is effective although marks are missing.
        """
        if "*" in pattern:
            yield
            return
        note = self._suppressions.unsettle(account_id, pattern, self._now())
        yield
        self._suppressions.settle(account_id, pattern, note, ended_before=self._now() - RECENT)

    @contextmanager
    def unsettled_rows(self, account_id: str, addresses: Collection[str], *, name: str) -> Iterator[None]:
        """Inside, the entries of these addresses are added and contacts are marked; for exceptions see `unsettled`.

        A repetition has the same `name`, and completes an interrupted call.
        """
        if not addresses:
            yield
            return
        self._suppressions.unsettle_rows(account_id, addresses, name, self._now())
        yield
        self._suppressions.settle_rows(account_id, name)

    # Reading

    def among(self, account_id: str, emails: Iterable[str]) -> list[Suppression]:
        """Return the entries of exactly these addresses or wildcards, in any spelling, in order of addition."""
        patterns = {rules.pattern_or_text(email) for email in emails}
        return sorted(self._suppressions.many(account_id, patterns), key=lambda entry: entry.added_at)

    def page(self, account_id: str, *, number: int, per_page: int) -> list[Suppression]:
        """Return a page of entries in order of addition. Consecutive pages cost the same."""
        listing = f"suppressions|{per_page}"
        known, position = self._page_markers.nearest(account_id, listing, number)
        after = None if position is None else str(position[1])
        for _ in range(number - known):
            skipped = self._suppressions.in_order(account_id, after, per_page)
            if len(skipped) < per_page:
                return []
            after = skipped[-1][0]
        rows = self._suppressions.in_order(account_id, after, per_page)
        if len(rows) == per_page:
            self._page_markers.add(account_id, listing, number + 1, (0, rows[-1][0]))
        return [entry for _, entry in rows]

    def count(self, account_id: str) -> int:
        """Return the number of entries."""
        return self._suppressions.count(account_id)

    def suppressed(self, account_id: str, addresses: Collection[str]) -> dict[str, Suppression]:
        """Return the entries of these canonical addresses, by address. Wildcards are checked when mail is sent."""
        if not addresses or self._suppressions.count(account_id) == 0:
            return {}
        by_digest = {self._suppressions.digest(account_id, address): address for address in addresses}
        entries = self._suppressions.many(account_id, by_digest.values())
        return {by_digest[entry.digest]: entry for entry in entries}

    def erased(self, account_id: str, addresses: Collection[str]) -> set[str]:
        """Return the canonical addresses among these whose person was erased."""
        return {address for address, entry in self.suppressed(account_id, addresses).items() if entry.is_erasure}

    def pattern_of(self, account_id: str, digest: str) -> str | None:
        """Return the pattern of an event's entry, which may be removed; None after the erasure of the person."""
        return self._suppressions.pattern_of(account_id, digest)

    def digest_of(self, account_id: str, address: str) -> str:
        """Return the keyed hash of a canonical address, which is stored after the erasure of its person."""
        return self._suppressions.digest(account_id, address)

    def additions(self, account_id: str) -> int:
        """Return the number of entries that were ever added. If it is unchanged, `suppressed` returns no new addresses."""
        return self._suppressions.additions(account_id)

    def blocks_sending(self, account_id: str, email: str) -> bool:
        """Return whether an entry or a wildcard forbids a mail to this address now."""
        return bool(self.blocked(account_id, [canonical(email)]))

    def blocked(self, account_id: str, addresses: Iterable[str], *, to_unsubscribed: bool = False) -> set[str]:
        """Return the canonical addresses among these to which an entry or a wildcard forbids mail now.

        With `to_unsubscribed`, entries by an unsubscription of the person do not forbid mail.
        """
        patterns = {address: (address, *rules.wildcards_for(address)) for address in addresses}
        entries = self._suppressions.many(account_id, {pattern for each in patterns.values() for pattern in each})
        digests = {entry.digest for entry in entries if entry.stops_all_mail or not to_unsubscribed}
        return {
            address
            for address, covering in patterns.items()
            if any(self._suppressions.digest(account_id, pattern) in digests for pattern in covering)
        }

    def wildcards_of(self, account_id: str, addresses: Collection[str]) -> dict[str, Suppression]:
        """Return the oldest covering wildcard by canonical address; addresses without a wildcard are missing.

        For calls that only show contacts: if an account has few wildcards, they are cached for a few seconds.
        """
        wildcards = self._few_wildcards(account_id)
        if wildcards is None:
            asked = {pattern for address in addresses for pattern in rules.wildcards_for(address)}
            wildcards = {str(entry.pattern): entry for entry in self._suppressions.many(account_id, asked)}
        covering = {
            address: [wildcards[pattern] for pattern in rules.wildcards_for(address) if pattern in wildcards]
            for address in (addresses if wildcards else ())
        }
        return {
            address: min(entries, key=lambda entry: entry.added_at) for address, entries in covering.items() if entries
        }

    def wildcards_to_filter(self, account_id: str) -> Collection[str]:
        """Return the wildcards of an account, to compare many contacts with. Raises Invalid if there are too many."""
        wildcards = self._few_wildcards(account_id)
        if wildcards is None:
            reason = (
                f"The filter `suppressed` cannot be used with more than {MAX_SHOWN_WILDCARDS} suppressed patterns: "
                "export the contacts, whose column `suppressed` has the reason."
            )
            raise Invalid(reason, code="too_many_patterns", field="filter")
        return wildcards.keys()

    def _few_wildcards(self, account_id: str) -> dict[str, Suppression] | None:
        """Return the wildcards of the account by pattern; None if there are more than MAX_SHOWN_WILDCARDS."""
        if account_id not in self._shown_wildcards:
            entries = self._suppressions.wildcards(account_id, MAX_SHOWN_WILDCARDS + 1)
            few = None if len(entries) > MAX_SHOWN_WILDCARDS else {str(entry.pattern): entry for entry in entries}
            self._shown_wildcards[account_id] = few
        known: dict[str, Suppression] | None = self._shown_wildcards[account_id]
        return known

    def blocking(self, account_id: str) -> SuppressedPatterns:
        """Return the patterns to check in addition to the marks on contacts, at most FRESH_FOR old.

        These are wildcards, entries of the last hour, and entries whose marking was interrupted.
        """
        known = self._known.get(account_id)
        moment = self._now()
        if known is None or moment - known[0] > FRESH_FOR:
            patterns = self._recent(account_id, moment) | _patterns(self._suppressions.beside_marks(account_id))
            known = self._known[account_id] = (moment, SuppressedPatterns(patterns))
        return known[1]

    def _recent(self, account_id: str, moment: datetime) -> frozenset[str]:
        """Return the patterns of entries of the last hour."""
        earlier = self._last_hour.get(account_id)
        if earlier is not None and moment - earlier[0] <= READ_AGAIN_AFTER:
            return earlier[1] | _patterns(self._suppressions.since(account_id, earlier[0] - INDEXED_WITHIN))
        patterns = _patterns(self._suppressions.since(account_id, moment - RECENT))
        self._last_hour[account_id] = (moment, patterns)
        return patterns

    def erase(self, account_id: str, address: str) -> None:
        """Suppress a canonical address by its keyed hash alone, and remove the address from an existing entry."""
        self._suppressions.forget_lifted(account_id, address)
        entry = Suppression(
            account_id=account_id,
            digest=self._suppressions.digest(account_id, address),
            pattern=None,
            source=SuppressionSource.MANUAL,
            added_at=self._now(),
        )
        if not self._suppressions.add(entry):
            self._suppressions.forget_address(account_id, address)

    def lift_erasure(self, account_id: str, address: str) -> bool:
        """Lift an erasure, so that data of the person can be stored again; return whether the address stays suppressed.

        It stays suppressed if the person requested this. Raises NotFound if no person with this address was erased.
        """
        while True:
            entry = self._suppressions.get(account_id, address)
            if entry is None or not entry.is_erasure:
                raise NotFound("Unknown erasure: no person with this address was erased.", code="erasure_not_found")
            if entry.source in LOCKED:
                self._suppressions.restore_address(account_id, address)
                return True
            if self.remove_entry(entry):
                return False


def _patterns(entries: Iterable[Suppression]) -> frozenset[str]:
    return frozenset(entry.pattern for entry in entries if entry.pattern)
