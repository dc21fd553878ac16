"""Metrics from counters (reference, section 15); pure. Rates are fractions from 0 to 1, 0 when the base is 0."""

from collections.abc import Mapping
from dataclasses import dataclass

from postrider.events.engagement import LEFT

BOUNCE_METRICS = {
    "bounces_address_changed": "bounce_ac",
    "bounces_challenge_response": "bounce_cr",
    "bounces_dns_failure": "bounce_df",
    "bounces_full_mailbox": "bounce_fm",
    "bounces_hard": "bounce_hb",
    "bounces_mail_blocked": "bounce_mb",
    "bounces_soft": "bounce_sb",
    "bounces_transient": "bounce_tr",
}
"""Metric by counter. An auto-reply (bounce_ar) is logged and is no bounce: the mail arrived."""

Metrics = dict[str, int | float]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """How many recipients a sending has, and how many of them were sent their mail."""

    planned: int = 0
    sent: int = 0


def rate(part: int, base: int) -> float:
    """Events may be counted before their mails are, so a rate is kept below 1."""
    return min(1.0, part / base) if base > 0 else 0.0


def mailing_metrics(sending: Sent, counts: Mapping[str, int]) -> Metrics:
    """All metrics of a campaign; those of an action are a part of them.

    An open is a shown image, or implied by a click without one; `active_emails` are those the mail was meant for.
    """
    sent = sending.sent
    opened, implied, clicked = (counts.get(name, 0) for name in ("unique_opens", "implied_opens", "unique_clicks"))
    bounces = {metric: counts.get(counter, 0) for metric, counter in BOUNCE_METRICS.items()}
    bounced = sum(bounces.values())
    unsubscribed = counts.get(LEFT, 0)
    unopened = max(0, sent - opened - implied)
    return {
        **bounces,
        "active_emails": sending.planned,
        "bounces": bounced,
        "bounce_rate": rate(bounced, sent),
        "clicks": counts.get("clicks", 0),
        "click_rate": rate(clicked, sent),
        "clickthru_rate": rate(clicked, opened + implied),
        "forwards": counts.get("forward", 0),
        "implied_opens": implied,
        "opens": counts.get("opens", 0),
        "open_rate": rate(opened + implied, sent),
        "spams": counts.get("spam", 0),
        "unique_clicks": clicked,
        "unique_opens": opened,
        "unopens": unopened,
        "unopen_rate": rate(unopened, sent),
        "unsubscribes": unsubscribed,
        "unsubscribe_rate": rate(unsubscribed, sent),
        "spam_rate": rate(counts.get("spam", 0), sent),
        "sent_emails": sent,
        "sent_rate": rate(sent, sending.planned),
    }


LIST_RATES = ("open_rate", "bounce_rate", "click_rate", "clickthru_rate", "unsubscribe_rate", "spam_rate")
STATUSES = ("active", "pending", "invalid", "unsubscribed", "flagged", "deleted")


def list_metrics(contacts: Mapping[str, int], counts: Mapping[str, int]) -> Metrics:
    """Contacts by status, and rates over all campaigns of the list; `counts` has `sent` among its counters."""
    mailed = mailing_metrics(Sent(sent=counts.get("sent", 0)), counts)
    return {
        **{f"{status}_contacts": contacts.get(status, 0) for status in STATUSES},
        "sent_emails": mailed["sent_emails"],
        **{name: mailed[name] for name in LIST_RATES},
    }


@dataclass(frozen=True, kw_only=True)
class LinkMetrics:
    """Clicks of one link; rates are shares of what was sent, the total's may count one person often."""

    id: int
    link: str
    unique: int
    total: int
    unique_rate: float
    total_rate: float


def link_metrics(link_id: int, target: str, *, total: int, unique: int, sent: int) -> LinkMetrics:
    return LinkMetrics(
        id=link_id,
        link=target,
        unique=unique,
        total=total,
        unique_rate=rate(unique, sent),
        total_rate=rate(total, sent),
    )
