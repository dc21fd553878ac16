"""Create reports of periods of accounts, and series and breakdowns of campaigns and lists."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from postrider.contacts.model import Status
from postrider.kit.clock import Clock, from_unix, unix
from postrider.kit.errors import Invalid
from postrider.kit.moments import check_period
from postrider.mail_events import calendar
from postrider.mail_events.model import ListLog
from postrider.mail_events.source import MailSource, SourceKind
from postrider.reports import periods
from postrider.reports.periods import Breakdown, BreakdownPart, SeriesStep
from postrider.reports.rules import AccountReport
from postrider.usage.rules import CONTACTS, PER_MONTH, share

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.service import AccountService
    from postrider.contacts.service import ContactService
    from postrider.delivery.service import DeliveryService
    from postrider.lists.service import ListService
    from postrider.mail_events.facets import FacetCounts
    from postrider.mail_events.service import EventService
    from postrider.reports.sources import ReportedSources
    from postrider.usage.service import UsageService

LIST_SERIES = timedelta(days=30)
"""The default length of the series of a list."""


class PeriodReportService:
    def __init__(
        self,
        events: EventService,
        sources: ReportedSources,
        lists: ListService,
        contacts: ContactService,
        accounts: AccountService,
        delivery: DeliveryService,
        usage: UsageService,
        now: Clock,
    ) -> None:
        self._events, self._sources, self._lists, self._accounts = events, sources, lists, accounts
        self._contacts, self._delivery, self._usage, self._now = contacts, delivery, usage, now

    def account_report(
        self, account_id: str, *, start_time: int | None = None, end_time: int | None = None
    ) -> AccountReport:
        """Return the report of an account between two times (Unix seconds), by default in its current month of usage.

        Times are rounded to the hour. Without a start, the report begins with the account. Raises NotFound, or Invalid for a
        period that ends before its start, or whose counters have expired.
        """
        check_period(start_time, end_time)
        month = self._usage.current_period(account_id)
        is_current = start_time is None and end_time is None
        start, end = month.start, self._now()
        if not is_current:
            start, end = self._period(account_id, start_time, end_time)
        sums = self._usage.hours(account_id, start, end) if unix(start) // 3600 <= unix(end) // 3600 else Counter[str]()
        list_ids = [contact_list.id for contact_list in self._lists.all(account_id)]
        active_contacts = self._contacts.counts_of_lists(account_id, list_ids)[Status.ACTIVE]
        return AccountReport(
            active_contacts=active_contacts,
            lists=len(list_ids),
            sent={kind: sums[calendar.sent_measure(kind)] for kind in SourceKind},
            counts=sums,
            emails_usage=self._emails_usage(account_id, sums if is_current else None),
            contacts_usage=share(active_contacts, self._usage.limit(account_id, CONTACTS)),
        )

    def source_series(self, account_id: str, source: MailSource) -> list[SeriesStep]:
        """Return the figures of the mails of a source since its start, hourly for 48 hours and then daily.

        It ends after periods.SERIES_DAYS, and is empty before the start. Raises NotFound, or Invalid for a triggered campaign.
        """
        state = self._sources.single(account_id, source)
        began_at, totals = self._delivery.began_at(state), self._delivery.totals(state)
        if began_at is None or totals is None:
            return []
        first = unix(began_at) // 3600
        last = periods.last_hour_of_series(first, unix(self._now()) // 3600)
        counts = self._events.hours(account_id, source, first, last)
        measure = calendar.sent_measure(source.kind)
        for hour, sent in totals.tally.sent_by_hour.items():
            counts[hour, measure] += sent
        return periods.series(counts, first, last)

    def breakdown(self, account_id: str, source: MailSource, by: Breakdown) -> list[BreakdownPart]:
        """Return the figures of a source by device, client, domain or class of bounce; of a triggered campaign, the sums.

        Raises NotFound, or Invalid for too many children.
        """
        states = self._sources.of(account_id, source)
        if by == Breakdown.BOUNCE:
            counts = sum((self._events.counts(account_id, state.source) for state in states), Counter[str]())
            return periods.parts_by_bounce(counts)
        facets: FacetCounts = sum((self._events.facets(account_id, state.source) for state in states), Counter())
        if by != Breakdown.DOMAIN:
            return periods.parts_by_software(facets, by)
        sent_by_domain: Counter[str] = Counter()
        for state in states:
            totals = self._delivery.totals(state)
            sent_by_domain.update({} if totals is None else totals.tally.sent_by_domain)
        return periods.parts_by_domain(facets, sent_by_domain)

    def list_series(
        self, account_id: str, list_id: int, *, start_time: int | None = None, end_time: int | None = None
    ) -> list[SeriesStep]:
        """Return the figures of a list by day (UTC), by default in the last 30 days.

        Raises NotFound, or Invalid for a period that ends before its start, or whose counters have expired.
        """
        check_period(start_time, end_time)
        self._lists.get(account_id, list_id)
        end = self._now() if end_time is None else from_unix(end_time)
        start = end - LIST_SERIES if start_time is None else from_unix(start_time)
        self._check_kept(start)
        end = min(end, self._now())
        if start > end:
            return []
        first, last = unix(start) // 86_400 * 24, unix(end) // 86_400 * 24 + 23
        return periods.days(self._events.hours(account_id, ListLog(list_id), first, last), first, last)

    def _emails_usage(self, account_id: str, sums_of_month: Counter[str] | None) -> float:
        """Return the used share of the mails of a month; `sums_of_month` are its counters, if the caller has read them."""
        limit = self._usage.limit(account_id, PER_MONTH)
        if limit is None:
            return 0.0
        if sums_of_month is None:
            return share(self._usage.emails(account_id), limit)
        return share(sum(sums_of_month[calendar.sent_measure(kind)] for kind in SourceKind), limit)

    def _period(self, account_id: str, start_time: int | None, end_time: int | None) -> tuple[datetime, datetime]:
        created_at = self._accounts.get_cached(account_id).created_at
        start = created_at if start_time is None else max(from_unix(start_time), created_at)
        self._check_kept(start)
        return start, self._now() if end_time is None else min(from_unix(end_time), self._now())

    def _check_kept(self, start: datetime) -> None:
        if self._now() - start > timedelta(days=calendar.KEPT_DAYS):
            raise Invalid(
                f"start_time is more than {calendar.KEPT_DAYS} days ago, and counters by day are not kept longer. Choose a "
                "later one.",
                code="period_expired",
                field="start_time",
            )
