"""Answer queries for the log of a campaign, an action or a list, and add the addresses of contacts to its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postrider.kit.errors import Invalid
from postrider.kit.paging import Page
from postrider.mail_events.model import ListLog, Log, LogQuery, LogRow
from postrider.mail_events.source import MailSource

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.service import CampaignService
    from postrider.contacts.model import Contact
    from postrider.contacts.service import ContactService
    from postrider.lists.service import ListService
    from postrider.mail_events.service import EventService
    from postrider.workflows.service import WorkflowService

_NO_CONTACT = 0
"""An id that no contact has: ids of contacts start at 1."""


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """A request of a page of a log, by its number or by the cursor of a neighbouring page."""

    number: int = 1
    size: int = 50
    cursor: str | None = None
    with_count: bool = False


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """A row with the current address of the contact; None if the contact is deleted."""

    row: LogRow
    email: str | None


class EventQueries:
    def __init__(
        self,
        events: EventService,
        campaigns: CampaignService,
        workflows: WorkflowService,
        lists: ListService,
        contacts: ContactService,
    ) -> None:
        self._events, self._campaigns, self._workflows = events, campaigns, workflows
        self._lists, self._contacts = lists, contacts

    def campaign_log(self, account_id: str, campaign_id: int, query: LogQuery, page: LogPage) -> Page[LogEntry]:
        """Return a page of a campaign's log. Raises NotFound, or Invalid for a cursor of another log or query."""
        list_id = self._campaigns.get(account_id, campaign_id).list_id
        return self._page(account_id, MailSource.campaign(campaign_id), list_id, query, page)

    def action_log(
        self, account_id: str, workflow_id: int, action_id: int, query: LogQuery, page: LogPage
    ) -> Page[LogEntry]:
        """Return a page of the log of an action, for all entries of contacts. Raises the errors of `campaign_log`."""
        action = self._workflows.action(account_id, workflow_id, action_id)
        list_id = self._workflows.get(account_id, workflow_id).list_id
        return self._page(account_id, action.source, list_id, query, page)

    def list_log(self, account_id: str, list_id: int, query: LogQuery, page: LogPage) -> Page[LogEntry]:
        """Return a page of the log of a list and of its campaigns. Raises the errors of `campaign_log`."""
        self._lists.get(account_id, list_id)
        return self._page(account_id, ListLog(list_id), list_id, query, page)

    def _page(self, account_id: str, log: Log, list_id: int | None, query: LogQuery, page: LogPage) -> Page[LogEntry]:
        query = self._with_contact_ids(account_id, list_id, query)
        rows = self._events.page(account_id, log, query, page=page.number, per_page=page.size, cursor=page.cursor)
        contact_ids = {row.contact_id for row in rows.items}
        contacts = self._contacts.many(account_id, list_id, contact_ids) if contact_ids and list_id is not None else {}
        return Page(
            items=[LogEntry(row=row, email=_email_of(contacts.get(row.contact_id))) for row in rows.items],
            count=self._events.count(account_id, log, query) if page.with_count else None,
            next_cursor=rows.next_cursor,
            previous_cursor=rows.previous_cursor,
        )

    def _with_contact_ids(self, account_id: str, list_id: int | None, query: LogQuery) -> LogQuery:
        """Replace the addresses in a query by the ids of their contacts; contact ids in it restrict them further."""
        if query.emails is None:
            return query
        contact_ids = {self._contact_id(account_id, list_id, email) for email in query.emails}
        if query.contact_ids is not None:
            contact_ids &= query.contact_ids
        return replace(query, emails=None, contact_ids=frozenset(contact_ids or {_NO_CONTACT}))

    def _contact_id(self, account_id: str, list_id: int | None, email: str) -> int:
        try:
            contact = None if list_id is None else self._contacts.find(account_id, list_id, email)
        except Invalid:
            contact = None
        return _NO_CONTACT if contact is None else contact.id


def _email_of(contact: Contact | None) -> str | None:
    """Return the address of the contact, None if it is deleted or has lost its address."""
    return contact.email if contact is not None and contact.has_address else None
