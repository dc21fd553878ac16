"""Reports in the metric names of the main API."""

from postrider.contacts.model import Status
from postrider.events.model import EventType
from postrider.reports.rules import LinkReport, ListReport, MailReport

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
