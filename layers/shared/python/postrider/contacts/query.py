"""Queries of the contacts of a list: the order in which a query reads them, and windows of that order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Protocol

from pynamodb.expressions.condition import Condition

from postrider.contacts.model import BLOCK_SIZE, NEVER_BOUNCED, NOT_INDEXED, Contact, Status
from postrider.contacts.rules import BOUNCE_TYPES
from postrider.contacts.scans import (
    BlocksFrom,
    ContactOrder,
    Key,
    OrderByAddress,
    OrderByBounces,
    OrderById,
    OrderByStatus,
    SingleAddress,
)
from postrider.contacts.table import ContactItem
from postrider.suppressions.rules import wildcards_for

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.contacts.budget import SearchBudget

SORTS = ("id", "email", "status", "subscribed_on", "last_bounce_type", "bounces_count")

MAX_KEYS_PUSHED = 50
MAX_EXAMINED = 20_000
"""Contacts that a page examines, about 5 MB. A page that matches fewer contacts ends here, short and with a cursor."""

Accept = Callable[[Contact], bool]
Field = tuple[str, ...]
"""The path of a stored attribute of a contact: ("status",), or ("attributes", "301")."""
Position = tuple[int, Key]
"""(index of the part, key in its order)."""

HIDDEN = frozenset({Status.ARCHIVED, Status.UNADDRESSED})
"""Statuses of contacts that a query without a condition on the status does not match."""
_LISTED = (
    *(Status.ACTIVE, Status.ARCHIVED, Status.FLAGGED, Status.INVALID),
    *(Status.PENDING, Status.UNADDRESSED, Status.UNSUBSCRIBED),
)


ANY_STATUS = frozenset(status.value for status in _LISTED)
"""Statuses of a query that hides no contact."""


class ContactFilter(Protocol):
    """A filter of the contacts of one list."""

    @property
    def text(self) -> str:
        """A text that is equal for equal filters."""
        ...

    @property
    def dynamo_filter(self) -> Condition | None:
        """A condition that every accepted contact fulfils, and maybe others."""
        ...

    @property
    def required_groups(self) -> frozenset[int] | None:
        """Groups of which every accepted contact has at least one, or None if a contact without groups may be accepted."""
        ...

    @property
    def size(self) -> int:
        """The number of conditions."""
        ...

    @property
    def fields(self) -> frozenset[Field]:
        """The stored fields that the filter compares."""
        ...

    def accepts(self, contact: Contact) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class ContactQuery:
    """A query: None means no condition; several values mean any of them."""

    sort: str = "id"
    descending: bool = False
    statuses: frozenset[str] | None = None
    addresses: frozenset[str] | None = None
    groups: frozenset[int] | None = None
    interests: frozenset[int] | None = None
    suppressed: bool | None = None
    wildcards: frozenset[str] = frozenset()
    """Patterns of suppressions, which mark no contact; for queries with `suppressed`."""
    filters: tuple[ContactFilter, ...] = ()
    """Filters, all of which must accept a contact."""

    @property
    def text(self) -> str:
        """A text that is equal for equal queries: cursors and page markers are bound to it."""
        sets = (self.statuses, self.addresses, self.groups, self.interests)
        parts: list[Any] = [None if values is None else sorted(values) for values in sets]
        return repr((self.sort, self.descending, parts, self.suppressed, [filter_.text for filter_ in self.filters]))

    @property
    def is_counted_by_status(self) -> bool:
        """Whether maintained counters know how many contacts match."""
        conditions = (self.addresses, self.groups, self.interests, self.suppressed)
        return all(values is None for values in conditions) and not self.filters

    @property
    def condition(self) -> Condition | None:
        """The part of the query that DynamoDB can decide."""
        memberships = [
            _any_of([getattr(ContactItem, field).contains(key) for key in sorted(keys)])
            for field, keys in (("groups", self.groups), ("interests", self.interests))
            if keys and len(keys) <= MAX_KEYS_PUSHED
        ]
        # Most contacts are active, and a page of them is read faster without a condition.
        is_rare = self.statuses and Status.ACTIVE not in self.statuses
        statuses = [ContactItem.status.is_in(*sorted(self.statuses))] if self.statuses and is_rare else []
        marks = [ContactItem.suppressed_by.exists()] if self.suppressed and not self.wildcards else []
        # Only one filter: the placeholders of two would collide.
        filtered = [filter_.dynamo_filter for filter_ in self.filters[:1]]
        return _all_of([*statuses, *memberships, *marks, *filtered])

    @property
    def size(self) -> int:
        """The number of conditions that a contact is tested for."""
        sets = (self.statuses, self.addresses, self.groups, self.interests)
        return sum(values is not None for values in sets) + sum(filter_.size for filter_ in self.filters)

    @property
    def fields(self) -> frozenset[Field]:
        """The stored fields that the query compares."""
        own = {
            ("status",): self.statuses,
            ("email",): self.addresses,
            ("address",): self.addresses,
            ("groups",): self.groups,
            ("interests",): self.interests,
            ("suppressed_by",): self.suppressed,
            ("suppressed_at",): self.suppressed,
        }
        if self.suppressed is not None:
            own |= {("email",): True, ("address",): True}
        compared = frozenset(field for field, values in own.items() if values is not None)
        return compared.union(*(filter_.fields for filter_ in self.filters))

    @property
    def required_groups(self) -> frozenset[int] | None:
        """The smallest known set of groups of which every match has at least one."""
        required = [self.groups, *(filter_.required_groups for filter_ in self.filters)]
        return min((groups for groups in required if groups is not None), key=len, default=None)

    def shows(self, status: Status) -> bool:
        """Return whether contacts of this status can match: hidden ones only if the query asks for them."""
        return status not in HIDDEN if self.statuses is None else status in self.statuses

    def accepts(self, contact: Contact) -> bool:
        return (
            self.shows(contact.status)
            and (self.addresses is None or contact.address in self.addresses)
            and (self.groups is None or not self.groups.isdisjoint(contact.groups))
            and (self.interests is None or not self.interests.isdisjoint(contact.interests))
            and (self.suppressed is None or self.suppressed == self._is_suppressed(contact))
            and all(filter_.accepts(contact) for filter_ in self.filters)
        )

    def _is_suppressed(self, contact: Contact) -> bool:
        return contact.suppressed or not self.wildcards.isdisjoint(wildcards_for(contact.address))


@dataclass(frozen=True)
class OrderPart:
    """A part of the order of a query: an order of contacts, and a function that returns whether a contact belongs to the part."""

    order: ContactOrder
    belongs: Accept = lambda contact: True


@dataclass(frozen=True)
class QueryWindow:
    """Matching contacts with their positions. `last` is the position examined last, of a contact that may not have matched.
    `has_more` says that the order does not end there."""

    items: Sequence[tuple[Position, Contact]]
    last: Position | None
    has_more: bool
    last_contact: Contact | None = None


def order_parts(
    account_id: str,
    list_id: int,
    query: ContactQuery,
    find: Callable[[str], Contact | None],
    blocks_from: BlocksFrom | None = None,
) -> list[OrderPart]:
    """Return the parts that form the order of the query; for a descending query each is walked from its end.

    `blocks_from` returns the blocks that contain all matches, if they are known.
    """
    here = account_id, list_id
    if query.addresses is not None and len(query.addresses) == 1:
        (address,) = query.addresses
        return [OrderPart(SingleAddress(lambda: find(address)))]
    parts = _ascending(here, query, blocks_from)
    return parts[::-1] if query.descending else parts


def _ascending(here: tuple[str, int], query: ContactQuery, blocks_from: BlocksFrom | None) -> list[OrderPart]:
    everyone = OrderById(*here, query.condition, blocks_from)
    wanted = [status for status in _LISTED if query.shows(status)]
    match query.sort:
        case "email":
            return [OrderPart(OrderByAddress(*here))]
        case "status":
            return [
                OrderPart(everyone, partial(_has_status, status))
                if status in NOT_INDEXED
                else OrderPart(OrderByStatus(*here, status))
                for status in wanted
            ]
        case "last_bounce_type":
            return [
                OrderPart(everyone, _never_bounced)
                if kind == NEVER_BOUNCED
                else OrderPart(OrderByBounces(*here, (kind,)))
                for kind in BOUNCE_TYPES
            ]
        case "bounces_count":
            return [
                OrderPart(everyone, _never_bounced),
                OrderPart(OrderByBounces(*here, tuple(kind for kind in BOUNCE_TYPES if kind != NEVER_BOUNCED))),
            ]
        case _:
            if len(wanted) == 1 and wanted[0] not in NOT_INDEXED:
                return [OrderPart(OrderByStatus(*here, wanted[0]))]
            return [OrderPart(everyone)]


def read_window(
    parts: Sequence[OrderPart],
    query: ContactQuery,
    *,
    start: Position | None,
    size: int,
    backwards: bool = False,
    max_examined: int | None = None,
    budget: SearchBudget | None = None,
) -> QueryWindow:
    """Return up to `size` contacts after `start`; `backwards`, return those before it, the nearest first.

    The search ends early after `max_examined` contacts, or when the budget is spent.
    """
    numbered = list(enumerate(parts))
    first = 0 if start is None else start[0]
    rest = (numbered[: first + 1][::-1] if start is not None else numbered[::-1]) if backwards else numbered[first:]
    items: list[tuple[Position, Contact]] = []
    examined, last, seen = 0, start, None
    for index, part in rest:
        after = start[1] if start is not None and start[0] == index else None
        steps = part.order.steps(after, descending=query.descending != backwards, hint=size)
        for key, contact in steps:
            is_over = max_examined is not None and examined >= max_examined
            if is_over or (budget is not None and budget.is_spent and examined):
                return QueryWindow(items, last, has_more=True, last_contact=seen)
            examined += BLOCK_SIZE if contact is None else 1
            if contact is None:
                last = (index, key)
                continue
            if budget is not None:
                budget.spend()
            if part.belongs(contact) and query.accepts(contact):
                if len(items) == size:
                    return QueryWindow(items, last, has_more=True, last_contact=seen)
                items.append(((index, key), contact))
            last, seen = (index, key), contact
    return QueryWindow(items, last, has_more=False, last_contact=seen)


def skip_matches(
    parts: Sequence[OrderPart], query: ContactQuery, start: Position | None, count: int, budget: SearchBudget
) -> Position | None:
    """Return the position after `count` more contacts, or the last position if there are fewer or the budget is spent."""
    window = read_window(parts, query, start=start, size=count, budget=budget) if count else None
    return start if window is None else window.last


def count_matches(
    parts: Sequence[OrderPart], query: ContactQuery, budget: SearchBudget, hint: int = 1023
) -> int | None:
    """Count the matching contacts by walking all contacts; return None if the budget is spent before the end.

    If the list is read in the order of ids, only the compared fields are read.
    """
    count = 0
    for part in parts:
        order = replace(part.order, fields=query.fields) if isinstance(part.order, OrderById) else part.order
        for _, contact in order.steps(None, descending=False, hint=hint):
            if budget.is_spent:
                return None
            if contact is not None:
                budget.spend()
                count += part.belongs(contact) and query.accepts(contact)
    return count


def _has_status(status: Status, contact: Contact) -> bool:
    return contact.status == status


def _never_bounced(contact: Contact) -> bool:
    return contact.last_bounce_type == NEVER_BOUNCED


def _all_of(conditions: Sequence[Condition | None]) -> Condition | None:
    present = [condition for condition in conditions if condition is not None]
    return reduce(and_, present) if present else None


def _any_of(conditions: Sequence[Condition]) -> Condition:
    return reduce(or_, conditions)
