"""Pages of a list's contacts: which order is walked for which question, and windows over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.expressions.condition import Condition

from postrider.contacts.model import BLOCK_SIZE, NEVER_BOUNCED, Contact, Status
from postrider.contacts.rules import BOUNCE_KINDS
from postrider.contacts.scans import ByAddress, ByBounces, ById, ByStatus, Key, OneAddress, Walk
from postrider.contacts.table import ContactItem

SORTS = ("id", "email", "status", "subscribed_on", "last_bounce_type", "bounces_count")
FILTERS = ("status", "email", "tags", "interests")

MAX_NAMES_PUSHED = 50
MAX_EXAMINED = 20_000
"""A page whose filter matches little ends here, with fewer items and a cursor to go on: about 5 MB read."""

Accept = Callable[[Contact], bool]
Position = tuple[int, Key]
"""(number of the run, key in its walk)."""

_LISTED = (Status.ACTIVE, Status.FLAGGED, Status.INVALID, Status.PENDING, Status.UNSUBSCRIBED)


@dataclass(frozen=True)
class Selection:
    """A parsed selection, bound to its list; `text` is equal for equal filter_evaluator."""

    text: str
    accept: Accept
    condition: Condition | None = None
    """Lets pass every contact that is accepted, and maybe more."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is listed; None means no condition, several values mean any of them."""

    sort: str = "id"
    descending: bool = False
    statuses: frozenset[str] | None = None
    addresses: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    interests: frozenset[str] | None = None
    selection: Selection | None = None

    @property
    def text(self) -> str:
        """Equal for equal questions: cursors and bookmarks are bound to it."""
        sets = (self.statuses, self.addresses, self.tags, self.interests)
        parts: list[Any] = [None if values is None else sorted(values) for values in sets]
        return repr((self.sort, self.descending, parts, self.selection and self.selection.text))

    @property
    def counted_by_status(self) -> bool:
        """Whether maintained counters know the answer's size."""
        return self.addresses is None and self.tags is None and self.interests is None and self.selection is None

    @property
    def condition(self) -> Condition | None:
        """What of the question DynamoDB can decide."""
        named = [
            _any_of([getattr(ContactItem, field).contains(name) for name in sorted(names)])
            for field, names in (("tags", self.tags), ("interests", self.interests))
            if names and len(names) <= MAX_NAMES_PUSHED
        ]
        # Nearly all contacts are active: a page of them is read faster without a condition.
        rare = self.statuses and Status.ACTIVE not in self.statuses
        statuses = [ContactItem.status.is_in(*sorted(self.statuses))] if self.statuses and rare else []
        selected = None if self.selection is None else self.selection.condition
        return _all_of([*statuses, *named, selected])

    def accepts(self, contact: Contact) -> bool:
        return (
            (self.statuses is None or contact.status in self.statuses)
            and (self.addresses is None or contact.address in self.addresses)
            and (self.tags is None or not self.tags.isdisjoint(contact.tags))
            and (self.interests is None or not self.interests.isdisjoint(contact.interests))
            and (self.selection is None or self.selection.accept(contact))
        )


@dataclass(frozen=True)
class Run:
    """A part of an order: a walk, and which of its contacts belong to this part."""

    walk: Walk
    belongs: Accept = lambda contact: True


@dataclass(frozen=True)
class Window:
    """`last`: the position where looking ended, of a contact that may not have matched; `more`: it was not the end."""

    items: Sequence[tuple[Position, Contact]]
    last: Position | None
    more: bool
    last_contact: Contact | None = None


def runs_of(account_id: str, list_id: int, question: Question, find: Callable[[str], Contact | None]) -> list[Run]:
    """The runs whose concatenation is the order asked for; with `descending` each is walked from its end."""
    here = account_id, list_id
    if question.addresses is not None and len(question.addresses) == 1:
        (address,) = question.addresses
        return [Run(OneAddress(lambda: find(address)))]
    runs = _ascending(here, question)
    return runs[::-1] if question.descending else runs


def _ascending(here: tuple[str, int], question: Question) -> list[Run]:
    everyone = ById(*here, question.condition)
    wanted = [status for status in _LISTED if question.statuses is None or status in question.statuses]
    match question.sort:
        case "email":
            return [Run(ByAddress(*here))]
        case "status":
            return [
                Run(everyone, _is_active) if status == Status.ACTIVE else Run(ByStatus(*here, status))
                for status in wanted
            ]
        case "last_bounce_type":
            kinds = sorted((*BOUNCE_KINDS, NEVER_BOUNCED))
            return [
                Run(everyone, _never_bounced) if kind == NEVER_BOUNCED else Run(ByBounces(*here, (kind,)))
                for kind in kinds
            ]
        case "bounces_count":
            return [Run(everyone, _never_bounced), Run(ByBounces(*here, BOUNCE_KINDS))]
        case _:
            if len(wanted) == 1 and wanted[0] != Status.ACTIVE:
                return [Run(ByStatus(*here, wanted[0]))]
            return [Run(everyone)]


def window(
    runs: Sequence[Run],
    question: Question,
    *,
    start: Position | None,
    size: int,
    backwards: bool = False,
    max_examined: int | None = None,
) -> Window:
    """Up to `size` contacts past `start`; `backwards` looks the other way and gives them in that order."""
    order = list(enumerate(runs))
    first = 0 if start is None else start[0]
    rest = (order[: first + 1][::-1] if start is not None else order[::-1]) if backwards else order[first:]
    items: list[tuple[Position, Contact]] = []
    examined, last, seen = 0, start, None
    for number, run in rest:
        after = start[1] if start is not None and start[0] == number else None
        steps = run.walk.steps(after, descending=question.descending != backwards, hint=size)
        for key, contact in steps:
            if max_examined is not None and examined >= max_examined:
                return Window(items, last, more=True, last_contact=seen)
            examined += BLOCK_SIZE if contact is None else 1
            if contact is None:
                last = (number, key)
                continue
            if run.belongs(contact) and question.accepts(contact):
                if len(items) == size:
                    return Window(items, last, more=True, last_contact=seen)
                items.append(((number, key), contact))
            last, seen = (number, key), contact
    return Window(items, last, more=False, last_contact=seen)


def skipped(runs: Sequence[Run], question: Question, start: Position | None, count: int) -> Position | None:
    """The position after `count` more contacts; the end when there are fewer."""
    window_ = window(runs, question, start=start, size=count) if count else None
    return start if window_ is None else window_.last


def counted(runs: Sequence[Run], question: Question, hint: int = 1023) -> int:
    """How many contacts the question matches, by walking all of them."""
    return sum(
        contact is not None and run.belongs(contact) and question.accepts(contact)
        for run in runs
        for _, contact in run.walk.steps(None, descending=False, hint=hint)
    )


def _is_active(contact: Contact) -> bool:
    return contact.status == Status.ACTIVE


def _never_bounced(contact: Contact) -> bool:
    return contact.last_bounce_type == NEVER_BOUNCED


def _all_of(conditions: Sequence[Condition | None]) -> Condition | None:
    found = [condition for condition in conditions if condition is not None]
    return reduce(and_, found) if found else None


def _any_of(conditions: Sequence[Condition]) -> Condition:
    return reduce(or_, conditions)
