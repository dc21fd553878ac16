"""Translate reports to the metric names of the main API."""

from postrider.contacts.model import Status
from postrider.mail_events.calendar import OPENERS
from postrider.mail_events.model import UNSUBSCRIBED_RECIPIENTS, EventType
from postrider.mail_events.source import SourceKind
from postrider.reports.periods import BreakdownPart, SeriesStep
from postrider.reports.rules import AccountReport, LinkReport, ListReport, MailReport

Metrics = dict[str, int | float]

BOUNCE_METRICS = {
    EventType.BOUNCED_ADDRESS_CHANGED: "bounces_address_changed",
    EventType.BOUNCED_CHALLENGED: "bounces_challenge_response",
    EventType.BOUNCED_NO_DOMAIN: "bounces_dns_failure",
    EventType.BOUNCED_MAILBOX_FULL: "bounces_full_mailbox",
    EventType.BOUNCED_HARD: "bounces_hard",
    EventType.BOUNCED_BLOCKED: "bounces_mail_blocked",
    EventType.BOUNCED_SOFT: "bounces_soft",
    EventType.BOUNCED_TRANSIENT: "bounces_transient",
}
LIST_STATUSES = (
    Status.ACTIVE,
    Status.PENDING,
    Status.INVALID,
    Status.UNSUBSCRIBED,
    Status.FLAGGED,
    Status.DELETED,
)
_OF_CAMPAIGNS = frozenset({"active_emails", "sent_rate", "unopen_rate"}) | {
    *("open_rate", "bounce_rate", "click_rate", "clickthru_rate", "unsubscribe_rate")
}
LIST_RATES = ("open_rate", "bounce_rate", "click_rate", "clickthru_rate", "unsubscribe_rate", "spam_rate")

EMAIL_METRICS = ("sent_emails", "open_rate", "bounce_rate", "click_rate", "spam_rate")


def campaign_metrics(report: MailReport) -> Metrics:
    return {
        **{metric: report.bounces[bounce] for bounce, metric in BOUNCE_METRICS.items()},
        "active_emails": report.planned,
        "bounces": report.bounced,
        "bounce_rate": report.bounce_rate,
        "clicks": report.clicks,
        "click_rate": report.click_rate,
        "clickthru_rate": report.click_to_open_rate,
        "forwards": report.forwards,
        "implied_opens": report.implied_opens,
        "opens": report.opens,
        "open_rate": report.open_rate,
        "spams": report.complaints,
        "unique_clicks": report.unique_clicks,
        "unique_opens": report.unique_opens,
        "unopens": report.unopened,
        "unopen_rate": report.unopened_rate,
        "unsubscribes": report.unsubscribed,
        "unsubscribe_rate": report.unsubscribe_rate,
        "spam_rate": report.complaint_rate,
        "sent_emails": report.sent,
        "sent_rate": report.sent_rate,
    }


def action_metrics(report: MailReport) -> Metrics:
    """Return the figures of an action, whose contract has few rates."""
    metrics = campaign_metrics(report)
    return {name: value for name, value in metrics.items() if name not in _OF_CAMPAIGNS}


def list_metrics(report: ListReport) -> Metrics:
    mail = campaign_metrics(report.mail)
    return {
        **{f"{status}_contacts": report.contacts.get(status, 0) for status in LIST_STATUSES},
        "mailable_contacts": report.mailable,
        "sent_emails": mail["sent_emails"],
        **{name: mail[name] for name in LIST_RATES},
    }


def email_metrics(report: MailReport) -> Metrics:
    mail = campaign_metrics(report)
    return {name: mail[name] for name in EMAIL_METRICS}


def link_metrics(report: LinkReport) -> dict[str, int | float | str]:
    return {
        "id": report.id,
        "link": report.target,
        "unique": report.unique,
        "total": report.total,
        "unique_rate": report.unique_rate,
        "total_rate": report.total_rate,
    }


def account_metrics(report: AccountReport) -> Metrics:
    return {
        "active_contacts": report.active_contacts,
        "sent_emails": report.sent_total,
        "sent_campaign_emails": report.sent[SourceKind.CAMPAIGN],
        "sent_action_emails": report.sent[SourceKind.WORKFLOW_ACTION],
        "sent_email_emails": report.sent[SourceKind.TRANSACTIONAL],
        "open_rate": report.open_rate,
        "bounce_rate": report.bounce_rate,
        "click_rate": report.click_rate,
        "spam_rate": report.complaint_rate,
        "unsubscribe_rate": report.unsubscribe_rate,
        "emails_usage": report.emails_usage,
        "contacts_usage": report.contacts_usage,
        "bounces_hard": report.bounced_hard,
        "bounce_hard_rate": report.bounce_hard_rate,
        "spams": report.complaints,
        "current_lists": report.lists,
    }


def step_metrics(step: SeriesStep) -> Metrics:
    counts = step.counts
    return {
        "start_time": step.start,
        "hours": step.hours,
        "sent_emails": step.sent,
        "opens": counts["opens"],
        "unique_opens": counts[OPENERS],
        "clicks": counts["clicks"],
        "unique_clicks": counts["unique_clicks"],
        "machine_opens": counts["bot_opens"],
        "machine_clicks": counts["bot_clicks"],
        "bounces": step.bounced,
        "bounces_hard": counts[EventType.BOUNCED_HARD],
        "spams": counts[EventType.COMPLAINED],
        "unsubscribes": counts[UNSUBSCRIBED_RECIPIENTS],
    }


def day_metrics(day: SeriesStep) -> Metrics:
    counts = day.counts
    return {
        "date": day.start,
        "joined": counts[EventType.SUBSCRIBED],
        "left": day.left,
        "bounced": day.bounced,
        "bounced_hard": counts[EventType.BOUNCED_HARD],
        "spams": counts[EventType.COMPLAINED],
        "sent_emails": day.sent,
        "opens": counts["opens"],
        "clicks": counts["clicks"],
    }


def part_metrics(part: BreakdownPart) -> dict[str, int | str | None]:
    """Return a part of a breakdown; classes of bounces have the same names as in the report of a campaign."""
    is_bounce = part.value in set(EventType)
    return {
        "value": BOUNCE_METRICS[EventType(part.value)] if is_bounce else part.value,
        "sent_emails": part.sent,
        "opens": part.opens,
        "unique_opens": part.unique_opens,
        "clicks": part.clicks,
        "unique_clicks": part.unique_clicks,
        "bounces": part.bounced,
        "bounces_hard": part.bounced_hard,
        "spams": part.complaints,
        "unsubscribes": part.unsubscribed,
    }
