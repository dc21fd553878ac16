"""Create reports from counters; only clicks of a period are counted from the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from postrider.kit.pauses import pauses
from postrider.mail_events.model import ListLog
from postrider.mail_events.rules import link_id_of
from postrider.reports.rules import LinkReport, ListReport, MailReport, SentCounts, list_report, mail_report

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.contacts.service import ContactService
    from postrider.delivery.service import DeliveryService
    from postrider.delivery.sources import SourceState
    from postrider.lists.service import ListService
    from postrider.mail_events.service import EventService
    from postrider.mail_events.source import MailSource
    from postrider.reports.sources import ReportedSources
    from postrider.tracking.links import LinkTable
    from postrider.workflows.service import WorkflowService


class ReportService:
    def __init__(
        self,
        events: EventService,
        sources: ReportedSources,
        workflows: WorkflowService,
        lists: ListService,
        contacts: ContactService,
        delivery: DeliveryService,
        links: LinkTable,
    ) -> None:
        self._events, self._sources, self._workflows, self._lists = events, sources, workflows, lists
        self._contacts, self._delivery, self._links = contacts, delivery, links

    def mail_report(self, account_id: str, source: MailSource) -> MailReport:
        """Return the report of the mails of a source; for a triggered campaign, the sum of its children.

        Raises NotFound, or Invalid for too many children.
        """
        sent, counts = SentCounts(), Counter[str]()
        for state in self._sources.of(account_id, source):
            sent += self._sent_of(state)
            counts.update(self._events.counts(account_id, state.source))
        return mail_report(sent, counts)

    def action_report(self, account_id: str, workflow_id: int, action_id: int) -> MailReport:
        """Return the report of the mails of an action, for all entries of contacts. Raises NotFound."""
        action = self._workflows.action(account_id, workflow_id, action_id)
        list_id = self._workflows.get(account_id, workflow_id).list_id
        for _ in pauses():
            open_runs = self._delivery.sent_by_open_runs(account_id, list_id)
            sent = {run: count for run, count in open_runs.items() if run[0].whole == action.source}
            included = self._events.sent_counts(account_id, sent)
            counts = self._events.counts(account_id, action.source)
            if self._events.sent_counts(account_id, sent) == included:
                break
        total = counts["sent"] + sum(sent.values()) - sum(included.values())
        return mail_report(SentCounts(planned=total, sent=total), counts)

    def link_reports(
        self, account_id: str, source: MailSource, *, start_time: int | None = None, end_time: int | None = None
    ) -> list[LinkReport]:
        """Return a report of every link of the source by id; times (Unix seconds) limit the clicks.

        For a triggered campaign, links of its children with the same target are added. Raises NotFound, or Invalid if there
        are too many children, or too many clicks between the times.
        """
        states = self._sources.of(account_id, source)
        if states and states[0].source == source:
            return self._links_of(account_id, states[0], start_time, end_time)
        sent = sum(self._sent_of(state).sent for state in states)
        totals: dict[str, tuple[int, int]] = {}
        for state in states:
            for link in self._links_of(account_id, state, start_time, end_time):
                total, unique = totals.get(link.target, (0, 0))
                totals[link.target] = total + link.total, unique + link.unique
        return [
            LinkReport(id=link_id_of(source.id, number), target=target, total=total, unique=unique, sent=sent)
            for number, (target, (total, unique)) in enumerate(sorted(totals.items()), start=1)
        ]

    def _links_of(
        self, account_id: str, state: SourceState, start_time: int | None, end_time: int | None
    ) -> list[LinkReport]:
        source, sent = state.source, self._sent_of(state).sent
        if start_time is None and end_time is None:
            counts = self._events.link_counts(account_id, source)
        else:
            counts = self._events.link_counts_between(account_id, source, start_time, end_time)
        targets = self._links.all(account_id, source)
        return [
            LinkReport(
                id=link_id_of(source.id, number),
                target=targets.get(number, ""),
                total=counts.get(number, (0, 0))[0],
                unique=counts.get(number, (0, 0))[1],
                sent=sent,
            )
            for number in sorted(targets.keys() | counts.keys())
        ]

    def list_report(self, account_id: str, list_id: int) -> ListReport:
        """Return the report of a list. Raises NotFound."""
        self._lists.get(account_id, list_id)
        return list_report(
            self._contacts.counts(account_id, list_id),
            self._contacts.mailable(account_id, list_id),
            self._list_counts(account_id, list_id),
        )

    def _list_counts(self, account_id: str, list_id: int) -> Mapping[str, int]:
        """Return the counters of a list, including the mails that open runs have sent so far.

        The stored counters include the mails of a run after its end. They are read again if a run ended meanwhile.
        """
        for _ in pauses():
            sent = self._delivery.sent_by_open_runs(account_id, list_id)
            included = self._events.sent_counts(account_id, sent)
            counts = self._events.counts(account_id, ListLog(list_id))
            if self._events.sent_counts(account_id, sent) == included:
                break
        counts["sent"] += sum(sent.values()) - sum(included.values())
        return counts

    def _sent_of(self, state: SourceState) -> SentCounts:
        """Return the counts of the current run of a source; zeros before it began."""
        totals = self._delivery.totals(state)
        return SentCounts() if totals is None else SentCounts(planned=totals.planned, sent=totals.sent)
