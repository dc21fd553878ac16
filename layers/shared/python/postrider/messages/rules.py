"""Derive the metrics of a message from its row of the ledger; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from postrider.delivery.claims import claimed_at_ms
from postrider.delivery.model import LedgerRow, Outcome
from postrider.kit.clock import from_unix
from postrider.mail_events.domain_events import SUPPRESSED
from postrider.mail_events.model import BOUNCES, UNSUBSCRIPTIONS, Engagement, EventType, LogRow
from postrider.messages.model import MailMessage, MessageQuery, Metric
from postrider.pushes.model import Push, PushOutcome
from postrider.transactional.model import MailCopy

EVENT_OF_OUTCOME: Mapping[Outcome, EventType] = {
    Outcome.SENT: EventType.SENT,
    Outcome.SKIPPED: EventType.SKIPPED,
    Outcome.FAILED: EventType.FAILED,
    Outcome.UNKNOWN: EventType.UNKNOWN,
}
"""The type of the row of the log by which a message is listed."""
_SENT_FIRST = frozenset({EventType.SENT, EventType.UNKNOWN})
_ALL = frozenset(EVENT_OF_OUTCOME.values())
_DRAFTS = frozenset({EventType.PREPARED})
ROWS_OF_METRIC: Mapping[Metric, frozenset[EventType]] = {
    Metric.SENT: frozenset({EventType.SENT}),
    Metric.SKIPPED: frozenset({EventType.SKIPPED}),
    Metric.SUPPRESSED: frozenset({EventType.SKIPPED}),
    Metric.ATTEMPTED: _ALL - {EventType.SKIPPED},
    Metric.FAILED: _ALL - {EventType.SKIPPED},
    **dict.fromkeys(
        (
            Metric.DELIVERED,
            Metric.OPENED,
            Metric.CLICKED,
            Metric.CONVERTED,
            Metric.BOUNCED,
            Metric.DELAYED,
            Metric.COMPLAINED,
            Metric.UNSUBSCRIBED,
        ),
        _SENT_FIRST,
    ),
}
"""The types of rows of the log that list messages with a metric; all types for other metrics."""
_METRIC_OF_MARK: Mapping[EventType, Metric] = {
    EventType.DELIVERED: Metric.DELIVERED,
    EventType.CONVERTED: Metric.CONVERTED,
    EventType.COMPLAINED: Metric.COMPLAINED,
    EventType.DELAYED: Metric.DELAYED,
    EventType.FAILED: Metric.FAILED,
    EventType.SKIPPED: Metric.SKIPPED,
    EventType.OPENED: Metric.OPENED,
    EventType.CLICKED: Metric.CLICKED,
    **dict.fromkeys(BOUNCES, Metric.BOUNCED),
    **dict.fromkeys(UNSUBSCRIPTIONS, Metric.UNSUBSCRIBED),
}


def types_of(query: MessageQuery) -> frozenset[EventType]:
    """Return the types of rows of the log that may list messages that fulfil the query."""
    if query.is_draft:
        return _DRAFTS
    return _ALL if query.metric is None else ROWS_OF_METRIC.get(query.metric, _ALL)


def is_listed_by(row: LogRow, message: MailMessage) -> bool:
    """Return whether this row lists the message: the row of its outcome, or of its creation for a draft."""
    if message.outcome is None:
        return is_draft(message) and row.type in _DRAFTS
    return EVENT_OF_OUTCOME.get(message.outcome) == row.type


def is_draft(message: MailMessage) -> bool:
    """Return whether the message waits to be released."""
    return Metric.DRAFTED in message.moments and Metric.ATTEMPTED not in message.moments


def fulfils(query: MessageQuery, message: MailMessage) -> bool:
    """Return whether a message fulfils the conditions of a query, except those on its moment and source."""
    if query.template_id is not None and message.transactional_id != query.template_id:
        return False
    if query.content_id is not None and query.content_id not in (message.content_id, message.template_id):
        return False
    return is_draft(message) == query.is_draft and (query.metric is None or query.metric in message.moments)


def is_in_window(query: MessageQuery, message: MailMessage) -> bool:
    """Return whether a message was created in the window of a query, including its bounds."""
    at = message.created_at
    return (query.start is None or query.start <= at) and (query.end is None or at <= query.end)


def moments_of_row(row: LedgerRow, engagement: Engagement) -> dict[Metric, datetime]:
    """Return the metrics of the mail of a campaign or an action. It is created when its recipient is claimed."""
    created_at = from_unix(claimed_at_ms(row.claim) // 1000)
    return _with_delivery(_moments(created_at, row.outcome, row.reason, row.sent_at, engagement))


def moments_of_copy(copy: MailCopy, engagement: Engagement) -> dict[Metric, datetime]:
    """Return the metrics of a copy of a transactional mail."""
    decided_at = copy.sent_at or copy.decided_at
    return _with_delivery(_moments(copy.created_at, copy.outcome, copy.reason, decided_at, engagement))


def _with_delivery(moments: dict[Metric, datetime]) -> dict[Metric, datetime]:
    """Add the delivery of a mail that was sent and has not bounced: its sending, unless a program has reported a moment.

    The counters of reports use the same rule. A bounced mail is not delivered, even if a program has reported it.
    """
    if Metric.BOUNCED in moments:
        return {metric: at for metric, at in moments.items() if metric != Metric.DELIVERED}
    if Metric.SENT in moments:
        return moments | {Metric.DELIVERED: moments.get(Metric.DELIVERED, moments[Metric.SENT])}
    return moments


OUTCOME_OF_PUSH: Mapping[PushOutcome, Outcome | None] = {
    PushOutcome.WAITING: None,
    PushOutcome.CLAIMED: Outcome.CLAIMED,
    PushOutcome.SENT: Outcome.SENT,
    PushOutcome.FAILED: Outcome.FAILED,
    PushOutcome.SKIPPED: Outcome.SKIPPED,
}


def moments_of_push(push: Push) -> dict[Metric, datetime]:
    """Return the metrics of a push message. Only a device can report its delivery."""
    outcome = OUTCOME_OF_PUSH[push.outcome]
    if outcome is None:
        return dict.fromkeys((Metric.CREATED, Metric.DRAFTED) if push.is_draft else (Metric.CREATED,), push.created_at)
    return _moments(push.created_at, outcome, None, push.decided_at, Engagement(marked_at=push.reported))


def _moments(
    created_at: datetime, outcome: Outcome, reason: str | None, sent_at: datetime | None, engagement: Engagement
) -> dict[Metric, datetime]:
    moments = {Metric.CREATED: created_at}
    decided_at = sent_at or created_at
    if outcome == Outcome.SKIPPED:
        moments[Metric.SUPPRESSED if reason == SUPPRESSED else Metric.SKIPPED] = decided_at
    else:
        moments[Metric.ATTEMPTED] = created_at
    if outcome == Outcome.FAILED:
        moments[Metric.FAILED] = decided_at
    if outcome == Outcome.SENT:
        moments[Metric.SENT] = decided_at
    for metric, at in _reactions(engagement):
        moments[metric] = min(at, moments.get(metric, at))
    return moments


def _reactions(engagement: Engagement) -> Iterable[tuple[Metric, datetime]]:
    if engagement.opened:
        yield Metric.OPENED, from_unix(min(engagement.opened))
    if engagement.clicked:
        yield Metric.CLICKED, from_unix(min(at for at, _ in engagement.clicked))
    for mark, at in engagement.marked_at.items():
        metric = _METRIC_OF_MARK.get(EventType(mark))
        if metric is not None:
            yield metric, from_unix(at)


def failure_of(outcome: Outcome, reason: str | None, engagement: Engagement) -> str | None:
    """Return why a message was not sent, how it bounced, or that its outcome is unknown."""
    if outcome == Outcome.UNKNOWN:
        return "The answer of the mail service was lost: the mail may have been sent."
    if outcome in (Outcome.SKIPPED, Outcome.FAILED):
        return reason
    bounces = sorted(BOUNCES & engagement.marks)
    return bounces[0].replace("_", " ") if bounces else None
