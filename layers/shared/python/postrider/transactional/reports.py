"""Report on transactional mails by the day on which they were sent."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from postrider.kit.clock import unix
from postrider.kit.errors import Invalid
from postrider.kit.moments import check_period
from postrider.mail_events.model import EventType
from postrider.mail_events.service import EventService
from postrider.reports.rules import MailReport, SentCounts, mail_report

MAX_DAYS = 400
"""Maximum length of a report: the retention of the rows of the log."""


@dataclass(frozen=True, kw_only=True)
class DayReport:
    """The outcomes of the mails that were sent on a day (UTC), at any later time."""

    day: date
    mail: MailReport

    @property
    def began_at(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)


class TransactionalReports:
    def __init__(self, events: EventService) -> None:
        self._events = events

    def daily(self, account_id: str, start: datetime, end: datetime) -> list[DayReport]:
        """Return a report of each day of the period. Raises Invalid if it ends before its start or is too long."""
        first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
        check_period(unix(start), unix(end))
        if (last - first).days >= MAX_DAYS:
            raise Invalid(f"A report covers at most {MAX_DAYS} days.", code="period_too_long", field="end_time")
        counted = self._events.day_counts(account_id, first.isoformat(), last.isoformat())
        reports = []
        for place in range((last - first).days + 1):
            day = first + timedelta(days=place)
            counts = counted.get(day.isoformat(), Counter())
            sent = counts.get(EventType.SENT, 0)
            reports.append(DayReport(day=day, mail=mail_report(SentCounts(planned=sent, sent=sent), counts)))
        return reports
