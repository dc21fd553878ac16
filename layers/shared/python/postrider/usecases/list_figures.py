"""Read the figures of lists for a page of them, with a number of calls that does not depend on the contacts."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from postrider.contacts.counters import ListCounts
from postrider.contacts.service import ContactService
from postrider.mail_events.service import EventService
from postrider.reports.rules import MailReport, SentCounts, mail_report


@dataclass(frozen=True, kw_only=True)
class ListFigures:
    """The contacts of a list, and the outcomes of the mails of all of its finished campaigns."""

    contacts: ListCounts
    mail: MailReport


class ListFiguresService:
    def __init__(self, contacts: ContactService, events: EventService) -> None:
        self._contacts, self._events = contacts, events

    def of_each(self, account_id: str, list_ids: Collection[int]) -> dict[int, ListFigures]:
        """Return the figures of each list by its id."""
        contacts = self._contacts.counts_of_each(account_id, list_ids)
        counts = self._events.counts_of_lists(account_id, list_ids)
        return {list_id: ListFigures(contacts=contacts[list_id], mail=_mail(counts[list_id])) for list_id in list_ids}


def _mail(counts: Counter[str]) -> MailReport:
    return mail_report(SentCounts(sent=counts["sent"]), counts)
