"""Compute reports from counters; pure. Rates are fractions from 0 to 1, and 0 if their base is 0."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from postrider.contacts.model import Status
from postrider.mail_events.calendar import OPENERS
from postrider.mail_events.model import BOUNCES, UNSUBSCRIBED_RECIPIENTS, EventType
from postrider.mail_events.source import SourceKind

COUNTED_BOUNCES = BOUNCES - {EventType.BOUNCED, EventType.BOUNCED_AUTO_REPLY}
"""Bounces that do not count: an automatic reply is logged as a bounce, but the mail arrived."""


@dataclass(frozen=True, kw_only=True)
class SentCounts:
    """The numbers of planned recipients of a mail, and of recipients to whom it was sent."""

    planned: int = 0
    sent: int = 0

    def __add__(self, other: "SentCounts") -> "SentCounts":
        return SentCounts(planned=self.planned + other.planned, sent=self.sent + other.sent)


def rate(part: int, base: int) -> float:
    """Return the share, at most 1: events may be counted before their mails are."""
    return min(1.0, part / base) if base > 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class MailReport:
    """The outcomes of a mail, or of all mails of a list. An implied open is a click without a recorded open."""

    planned: int
    sent: int
    opens: int
    unique_opens: int
    implied_opens: int
    clicks: int
    unique_clicks: int
    forwards: int
    complaints: int
    unsubscribed: int
    bounces: Mapping[EventType, int]

    @property
    def sent_rate(self) -> float:
        return rate(self.sent, self.planned)

    @property
    def openers(self) -> int:
        return self.unique_opens + self.implied_opens

    @property
    def unopened(self) -> int:
        return max(0, self.sent - self.openers)

    @property
    def bounced(self) -> int:
        return sum(self.bounces.values())

    @property
    def open_rate(self) -> float:
        return rate(self.openers, self.sent)

    @property
    def unopened_rate(self) -> float:
        return rate(self.unopened, self.sent)

    @property
    def click_rate(self) -> float:
        return rate(self.unique_clicks, self.sent)

    @property
    def click_to_open_rate(self) -> float:
        return rate(self.unique_clicks, self.openers)

    @property
    def bounce_rate(self) -> float:
        return rate(self.bounced, self.sent)

    @property
    def complaint_rate(self) -> float:
        return rate(self.complaints, self.sent)

    @property
    def unsubscribe_rate(self) -> float:
        return rate(self.unsubscribed, self.sent)


def mail_report(sent: SentCounts, counts: Mapping[str, int]) -> MailReport:
    """Return the report for the counters of a campaign or a list."""
    return MailReport(
        planned=sent.planned,
        sent=sent.sent,
        opens=counts.get("opens", 0),
        unique_opens=counts.get("unique_opens", 0),
        implied_opens=counts.get("implied_opens", 0),
        clicks=counts.get("clicks", 0),
        unique_clicks=counts.get("unique_clicks", 0),
        forwards=counts.get(EventType.FORWARDED, 0),
        complaints=counts.get(EventType.COMPLAINED, 0),
        unsubscribed=counts.get(UNSUBSCRIBED_RECIPIENTS, 0),
        bounces={bounce: counts.get(bounce, 0) for bounce in COUNTED_BOUNCES},
    )


@dataclass(frozen=True, kw_only=True)
class ListReport:
    """The contacts of a list by status, and the outcomes of the mails of all its campaigns.

    `mailable` is the number of active contacts that are not suppressed.
    """

    mail: MailReport
    mailable: int
    contacts: Mapping[Status, int] = field(default_factory=dict)


def list_report(contacts: Mapping[Status, int], mailable: int, counts: Mapping[str, int]) -> ListReport:
    """Return the report for the counters of a list, in which `sent` is the number of mails."""
    mail = mail_report(SentCounts(sent=counts.get("sent", 0)), counts)
    return ListReport(mail=mail, mailable=mailable, contacts=contacts)


@dataclass(frozen=True, kw_only=True)
class LinkReport:
    """Clicks of one link. Rates are shares of the sent mails; the total rate may count a person several times."""

    id: int
    target: str
    unique: int
    total: int
    sent: int

    @property
    def unique_rate(self) -> float:
        return rate(self.unique, self.sent)

    @property
    def total_rate(self) -> float:
        return rate(self.total, self.sent)


@dataclass(frozen=True, kw_only=True)
class AccountReport:
    """Contacts and lists of an account, the mails that it sent in a period by kind of source, and their outcomes.

    Rates are of the mails sent in the period. The usages are shares of the limits in the current month of usage.
    """

    active_contacts: int
    lists: int
    sent: Mapping[SourceKind, int]
    counts: Mapping[str, int]
    emails_usage: float
    contacts_usage: float

    @property
    def sent_total(self) -> int:
        return sum(self.sent.values())

    @property
    def bounced_hard(self) -> int:
        return self.counts.get(EventType.BOUNCED_HARD, 0)

    @property
    def complaints(self) -> int:
        return self.counts.get(EventType.COMPLAINED, 0)

    @property
    def open_rate(self) -> float:
        return rate(self.counts.get(OPENERS, 0), self.sent_total)

    @property
    def click_rate(self) -> float:
        return rate(self.counts.get("unique_clicks", 0), self.sent_total)

    @property
    def bounce_rate(self) -> float:
        return rate(sum(self.counts.get(bounce, 0) for bounce in COUNTED_BOUNCES), self.sent_total)

    @property
    def bounce_hard_rate(self) -> float:
        return rate(self.bounced_hard, self.sent_total)

    @property
    def complaint_rate(self) -> float:
        return rate(self.complaints, self.sent_total)

    @property
    def unsubscribe_rate(self) -> float:
        return rate(self.counts.get(UNSUBSCRIBED_RECIPIENTS, 0), self.sent_total)
