"""The logs as they are asked for: by campaign or list, with the addresses that the rows themselves do not hold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from postrider.campaigns.service import CampaignService
from postrider.contacts.service import ContactService
from postrider.events import rules
from postrider.events.model import LogQuery, LogRow, LogType
from postrider.events.service import EventService
from postrider.kit.errors import Invalid
from postrider.kit.paging import Page
from postrider.lists.service import ListService

_NOBODY: frozenset[int] = frozenset({0})
"""Ids start at 1."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row with the contact's address as it is today; None when the contact is gone."""

    row: LogRow
    email: str | None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A page of a log as it was asked for; filters are parsed, times Unix seconds."""

    filters: Mapping[str, list[str]]
    start_time: int | None = None
    end_time: int | None = None
    page: int = 1
    per_page: int = 50
    cursor: str | None = None
    with_count: bool = False
    descending: bool = True


class EventQueries:
    def __init__(
        self, events: EventService, campaigns: CampaignService, lists: ListService, contacts: ContactService
    ) -> None:
        self._events, self._campaigns, self._lists, self._contacts = events, campaigns, lists, contacts

    def of_campaign(self, account_id: str, campaign_id: int, wish: Wish) -> Page[Entry]:
        """Raises NotFound, or Invalid for a filter or cursor that does not fit."""
        list_id = self._campaigns.get(account_id, campaign_id).list_id
        return self._page(account_id, f"campaign#{campaign_id}", list_id, wish)

    def of_list(self, account_id: str, list_id: int, wish: Wish) -> Page[Entry]:
        """The list's own rows and those of its campaigns. Raises as `of_campaign` does."""
        self._lists.get(account_id, list_id)
        return self._page(account_id, f"list#{list_id}", list_id, wish)

    def _page(self, account_id: str, source: str, list_id: int | None, wish: Wish) -> Page[Entry]:
        query = rules.query_of(
            wish.filters, start_time=wish.start_time, end_time=wish.end_time, descending=wish.descending
        )
        query = self._for_emails(account_id, list_id, query, wish.filters.get("email"))
        page = self._events.page(account_id, source, query, page=wish.page, per_page=wish.per_page, cursor=wish.cursor)
        people = {row.contact_id for row in page.items}
        known = self._contacts.many(account_id, list_id, people) if people and list_id is not None else {}
        return Page(
            items=[
                Entry(row=row, email=known[row.contact_id].email if row.contact_id in known else None)
                for row in page.items
            ],
            count=self._events.count(account_id, source, query) if wish.with_count else None,
            next_cursor=page.next_cursor,
            previous_cursor=page.previous_cursor,
        )

    def _for_emails(self, account_id: str, list_id: int | None, query: LogQuery, emails: list[str] | None) -> LogQuery:
        """The question for the contacts with these addresses; with `contact_id` as well it is about both."""
        if emails is None:
            return query
        found: set[int] = set()
        for email in emails:
            if list_id is None:
                break
            try:
                contact = self._contacts.find(account_id, list_id, email)
            except Invalid:
                continue
            found |= set() if contact is None else {contact.id}
        if query.contact_ids is not None:
            found &= query.contact_ids
        return replace(query, contact_ids=frozenset(found) or _NOBODY)


def bounced(row: LogRow) -> bool:
    return row.type.startswith(LogType.BOUNCE)
