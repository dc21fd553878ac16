"""Rules of suppressions: they beat everything a list says, and what people asked for stays."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from postrider.contacts.address import canonical
from postrider.contacts.model import Contact
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.suppressions import rules
from postrider.suppressions.model import LOCKED, Source, Suppression
from postrider.suppressions.repository import SuppressionRepository

FRESH_FOR = timedelta(seconds=2)
"""How long a sender may go on with what it knows about an account's suppressions."""
RECENT = timedelta(hours=1)
"""Entries this young are checked one by one: a sender may have read contacts before they were marked.

Longer than any function runs, so a call that began before has ended.
"""


class Marks(Protocol):
    def mark_suppressed(self, account_id: str, list_ids: Iterable[int], address: str, *, suppressed: bool) -> int: ...


class PageMarkers(Protocol):
    def nearest(self, account_id: str, listing: str, page: int) -> tuple[int, tuple[int, int | str] | None]: ...

    def leave(self, account_id: str, listing: str, page: int, position: tuple[int, int | str]) -> None: ...


class Lists(Protocol):
    def all(self, account_id: str) -> Iterable["HasId"]: ...


class HasId(Protocol):
    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Blocking:
    """What is suppressed beyond the marks on contacts, as known at one moment."""

    patterns: frozenset[str]

    def covers(self, address: str) -> bool:
        """Whether a canonical address is among them."""
        return address in self.patterns or not self.patterns.isdisjoint(rules.wildcards_for(address))

    def stops(self, contact: Contact) -> bool:
        return contact.suppressed or self.covers(contact.address)


class SuppressionService:
    def __init__(
        self,
        suppressions: SuppressionRepository,
        lists: Lists,
        contacts: Marks,
        bookmarks: PageMarkers,
        now: Clock,
    ) -> None:
        self._suppressions, self._lists, self._contacts = suppressions, lists, contacts
        self._bookmarks, self._now = bookmarks, now
        self._known: dict[str, tuple[datetime, Blocking]] = {}

    def add(self, account_id: str, email: str, source: Source = Source.MANUAL) -> Suppression:
        """Suppress an address, `*@domain` or `local@*`; twice is once, but a person's wish overrides the account's.

        Raises Invalid when it is none of the three.
        """
        pattern = rules.pattern_of(email)
        entry = Suppression(
            account_id=account_id,
            digest=self._suppressions.digest(account_id, pattern),
            pattern=pattern,
            source=source,
            added_at=self._now(),
        )
        with self._marking(account_id, pattern):
            while not self._suppressions.add(entry):
                if source not in LOCKED or self._suppressions.strengthen(account_id, pattern, source):
                    break
        return entry

    def remove(self, account_id: str, email: str) -> Suppression:
        """Raises NotFound, or Invalid when the person asked for it."""
        pattern = rules.pattern_of(email, field="email")
        entry = self._suppressions.get(account_id, pattern)
        if entry is None:
            raise NotFound("The address is not suppressed.", code="suppression_not_found", field="email")
        if entry.source in LOCKED:
            raise Invalid(
                "The entry was made by its owner and cannot be removed.",
                code="suppression_locked",
                field="email",
            )
        with self._marking(account_id, pattern):
            removed = self._suppressions.remove(entry)
        return entry if removed else self.remove(account_id, email)

    def among(self, account_id: str, emails: Iterable[str]) -> list[Suppression]:
        """Entries for exactly these addresses or wildcards, however they are spelt, in order of addition."""
        patterns = {rules.pattern_or_text(email) for email in emails}
        return sorted(self._suppressions.many(account_id, patterns), key=lambda entry: entry.added_at)

    def page(self, account_id: str, *, number: int, per_page: int) -> list[Suppression]:
        """In order of addition; sequential pages cost the same each."""
        listing = f"suppressions|{per_page}"
        known, position = self._bookmarks.nearest(account_id, listing, number)
        after = None if position is None else str(position[1])
        for _ in range(number - known):
            skipped = self._suppressions.in_order(account_id, after, per_page)
            if len(skipped) < per_page:
                return []
            after = skipped[-1][0]
        found = self._suppressions.in_order(account_id, after, per_page)
        if len(found) == per_page:
            self._bookmarks.leave(account_id, listing, number + 1, (0, found[-1][0]))
        return [entry for _, entry in found]

    def count(self, account_id: str) -> int:
        return self._suppressions.count(account_id)

    def suppressed(self, account_id: str, addresses: Collection[str]) -> set[str]:
        """Which of these canonical addresses have an entry of their own; wildcards are checked when mail is sent."""
        if not addresses or self._suppressions.count(account_id) == 0:
            return set()
        by_digest = {self._suppressions.digest(account_id, address): address for address in addresses}
        return {by_digest[entry.digest] for entry in self._suppressions.many(account_id, by_digest.values())}

    def additions(self, account_id: str) -> int:
        """How many entries were ever added: while it stays, `suppressed` finds no more than it did."""
        return self._suppressions.additions(account_id)

    def blocks_sending(self, account_id: str, email: str) -> bool:
        """Whether one mail must not go out, e.g. a transactional one: by an entry or by a wildcard, as of now."""
        address = canonical(email)
        return bool(self._suppressions.many(account_id, [address, *rules.wildcards_for(address)]))

    def blocking(self, account_id: str) -> Blocking:
        """All that counts beside marks on contacts, at most FRESH_FOR old.

        Wildcards, entries of the last hour, and those whose marking was cut short.
        """
        known = self._known.get(account_id)
        moment = self._now()
        if known is None or moment - known[0] > FRESH_FOR:
            recent = self._suppressions.since(account_id, moment - RECENT)
            entries = [*recent, *self._suppressions.beside_marks(account_id)]
            patterns = {entry.pattern for entry in entries if entry.pattern}
            known = self._known[account_id] = (moment, Blocking(frozenset(patterns)))
        return known[1]

    def erase(self, account_id: str, email: str) -> None:
        """Forget the address of an entry, and keep it suppressed."""
        pattern = rules.pattern_of(email)
        if self._suppressions.get(account_id, pattern) is not None:
            self._suppressions.forget_address(account_id, pattern)

    def suppress_unnamed(self, account_id: str, address: str) -> None:
        """Keep a canonical address suppressed by its keyed hash alone, whether it was suppressed before or not.

        The account can take it back, unless the person had asked for it before.
        """
        entry = Suppression(
            account_id=account_id,
            digest=self._suppressions.digest(account_id, address),
            pattern=None,
            source=Source.MANUAL,
            added_at=self._now(),
        )
        if not self._suppressions.add(entry):
            self._suppressions.forget_address(account_id, address)

    @contextmanager
    def _marking(self, account_id: str, pattern: str) -> Iterator[None]:
        """Inside, an entry is added or removed; then contacts are marked. What cuts this short leaves it unsettled."""
        note = None if "*" in pattern else self._suppressions.unsettle(account_id, pattern, self._now())
        yield
        self._known.pop(account_id, None)
        if note is not None:
            self._mark(account_id, pattern)
            self._suppressions.settle(account_id, pattern, note, ended_before=self._now() - RECENT)

    def _mark(self, account_id: str, pattern: str) -> None:
        """Until the entry is as it was before: another call may have changed it, and marked contacts, in between."""
        list_ids = [one.id for one in self._lists.all(account_id)]
        marked: bool | None = None
        while marked != (suppressed := self._suppressions.get(account_id, pattern) is not None):
            self._contacts.mark_suppressed(account_id, list_ids, pattern, suppressed=suppressed)
            marked = suppressed
