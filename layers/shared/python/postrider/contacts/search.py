"""Pages of contacts by cursor or by number, with counts."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from postrider.contacts.address import canonical
from postrider.contacts.budget import SearchBudget
from postrider.contacts.model import Contact, Status
from postrider.contacts.query import (
    MAX_EXAMINED,
    ContactFilter,
    ContactQuery,
    OrderPart,
    Position,
    count_matches,
    order_parts,
    read_window,
    skip_matches,
)
from postrider.contacts.repository import ContactRepository
from postrider.kit.errors import Invalid
from postrider.kit.paging import Cursors, Page
from postrider.storage.page_markers import PageMarkers

_AT = "@v"
MAX_GROUPS_WALKED = 16
"""Groups whose entries in the index are read side by side; a query of more groups reads the whole list."""


def query_of(
    terms: Mapping[str, Sequence[Any]],
    *,
    sort: str = "id",
    descending: bool = False,
    matching: Sequence[ContactFilter] = (),
    wildcards: Collection[str] = (),
) -> ContactQuery:
    """Return the query of filter terms, in which tags and interests are ids; a repeated term means any of its values.

    `wildcards` are patterns of suppressions for the term `suppressed`.
    """

    def values(term: str) -> frozenset[Any] | None:
        return frozenset(terms[term]) if term in terms else None

    addresses = values("email")
    suppressed = values("suppressed")
    return ContactQuery(
        # Ids are in the order of subscription.
        sort="id" if sort == "subscribed_on" else sort,
        descending=descending,
        statuses=values("status"),
        addresses=None if addresses is None else frozenset(map(canonical, addresses)),
        groups=values("tags"),
        interests=values("interests"),
        suppressed=None if suppressed is None or len(suppressed) > 1 else "true" in suppressed,
        wildcards=frozenset(wildcards),
        filters=tuple(matching),
    )


class ContactSearch:
    def __init__(
        self,
        contacts: ContactRepository,
        cursors: Cursors,
        page_markers: PageMarkers,
        *,
        max_examined: int = MAX_EXAMINED,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._contacts, self._cursors, self._page_markers = contacts, cursors, page_markers
        self._max_examined, self._timer = max_examined, timer

    def page(
        self,
        account_id: str,
        list_id: int,
        query: ContactQuery,
        *,
        per_page: int,
        number: int | None = None,
        cursor: str | None = None,
        with_count: bool = False,
    ) -> Page[Contact]:
        """Return the page after this cursor, or with this number; by default the first page. A cursor wins over a number.

        A page by cursor may be short, or empty, when few contacts match; its next cursor continues the search. The caller
        checks that the list exists. Raises Invalid for a cursor of another query, and when a page by number or a count takes
        more work than one call can do.
        """
        parts = self._parts(account_id, list_id, query)
        text = f"{list_id}|{query.text}"
        budget = SearchBudget(query.size, timer=self._timer)
        if cursor is None and number is not None:
            page = self._numbered(account_id, list_id, text, parts, query, number, per_page, budget)
        else:
            page = self._at(account_id, text, parts, query, cursor, per_page, budget)
        count = self._count(account_id, list_id, query, budget) if with_count else None
        return Page(items=page.items, count=count, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor)

    def _parts(self, account_id: str, list_id: int, query: ContactQuery) -> list[OrderPart]:
        required = query.required_groups
        blocks_from = None
        if required is not None and len(required) <= MAX_GROUPS_WALKED:
            blocks_from = partial(self._contacts.groups.blocks_from, account_id, list_id, required)
        return order_parts(account_id, list_id, query, partial(self._contacts.find, account_id, list_id), blocks_from)

    def _at(
        self,
        account_id: str,
        text: str,
        parts: Sequence[OrderPart],
        query: ContactQuery,
        cursor: str | None,
        size: int,
        budget: SearchBudget,
    ) -> Page[Contact]:
        start: Position | None = None
        backwards = False
        if cursor is not None:
            part, key, backwards = self._cursors.read(account_id, text, cursor)
            start = (part, key)
        window = read_window(
            parts,
            query,
            start=start,
            size=size,
            backwards=backwards,
            max_examined=self._max_examined,
            budget=budget,
        )
        items = list(window.items)
        if not backwards:
            first = items[0][0] if items else None
            return self._page(
                account_id,
                text,
                items,
                before=first if start else None,
                after=window.last if window.has_more else None,
            )
        items.reverse()
        return self._page(
            account_id,
            text,
            items,
            before=window.last if window.has_more else None,
            after=items[-1][0] if items else None,
        )

    def _numbered(
        self,
        account_id: str,
        list_id: int,
        text: str,
        parts: Sequence[OrderPart],
        query: ContactQuery,
        number: int,
        size: int,
        budget: SearchBudget,
    ) -> Page[Contact]:
        listing = f"{text}|{size}"
        known, start = self._known(account_id, list_id, listing, number)
        start = skip_matches(parts, query, start, (number - known) * size, budget)
        window = read_window(parts, query, start=start, size=size, budget=budget)
        if budget.is_spent:
            raise _too_much(f"Page {number} cannot be found", budget, "page")
        if window.has_more and window.last is not None and window.last_contact is not None:
            self._page_markers.add(account_id, listing, number + 1, _without_address(window.last, window.last_contact))
        first = window.items[0][0] if window.items and start is not None else None
        return self._page(
            account_id, text, list(window.items), before=first, after=window.last if window.has_more else None
        )

    def _known(self, account_id: str, list_id: int, listing: str, number: int) -> tuple[int, Position | None]:
        """Return the last page up to `number` with a valid marker, and its position."""
        while True:
            known, position = self._page_markers.nearest(account_id, listing, number)
            if position is None or not isinstance(position[1], str) or _AT not in position[1]:
                return known, position
            contact_id, version = map(int, position[1].split(_AT))
            contact = self._contacts.many(account_id, list_id, [contact_id]).get(contact_id)
            if contact is not None and contact.version == version:
                return known, (position[0], contact.address)
            number = known - 1

    def _page(
        self,
        account_id: str,
        text: str,
        items: Sequence[tuple[Position, Contact]],
        *,
        before: Position | None,
        after: Position | None,
    ) -> Page[Contact]:
        def cursor(position: Position | None, backwards: bool) -> str | None:
            return None if position is None else self._cursors.write(account_id, text, [*position, backwards])

        return Page(
            items=[contact for _, contact in items],
            next_cursor=cursor(after, False),
            previous_cursor=cursor(before, True),
        )

    def _count(self, account_id: str, list_id: int, query: ContactQuery, budget: SearchBudget) -> int:
        """Return how many contacts match: from counters if possible, otherwise by reading the list in the order of ids."""
        if not query.is_counted_by_status:
            by_id = replace(query, sort="id", descending=False)
            count = count_matches(self._parts(account_id, list_id, by_id), by_id, budget)
            if count is None:
                raise _too_much("The matching contacts cannot be counted", budget, "with_count")
            return count
        counts = self._contacts.counters.counts(account_id, list_id)
        return sum(count for status, count in counts.items() if status != Status.DELETED and query.shows(status))


def _too_much(what: str, budget: SearchBudget, field: str) -> Invalid:
    return Invalid(
        f"{what} in one call: it was stopped after {budget.tested} contacts. Follow the cursor without `page` and "
        "`with_count`, use fewer conditions or a tag, or export the contacts: the task of an export counts them.",
        code="search_too_large",
        field=field,
    )


def _without_address(position: Position, contact: Contact) -> Position:
    """Return the position with the last contact instead of an address (also of a free one), because page markers are stored."""
    part, key = position
    return (part, f"{contact.id}{_AT}{contact.version}") if "@" in str(key) else position
