"""Formats of callbacks, one for each API and one for the webhooks of lists: pure functions from an event to a message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks.formats import lists, main, reporting
from postrider.webhooks.model import CallbackRequest, EventPayload
from postrider.webhooks.rules import RetryPlan

MessageMaker = Callable[[DomainEvent, EventPayload, Sequence[str], datetime], CallbackRequest]
"""A function that returns the message of an event about a subject, signed with these secrets (current one first)."""


@dataclass(frozen=True, kw_only=True)
class WebhookFormat:
    """The format of callbacks of an API. `event_names` are its names of events."""

    message_of: MessageMaker
    event_names: Mapping[DomainEventType, str]
    plan: RetryPlan = RetryPlan()  # noqa: RUF009  # frozen


MAIN, LIST, REPORTING = "main", "list", "reporting"
FORMATS: Mapping[str, WebhookFormat] = {
    MAIN: WebhookFormat(message_of=main.message_of, event_names=main.EVENT_NAMES),
    LIST: WebhookFormat(message_of=lists.message_of, event_names=lists.EVENT_NAMES),
    REPORTING: WebhookFormat(message_of=reporting.message_of, event_names=reporting.EVENT_NAMES, plan=reporting.PLAN),
}
"""The formats by their stored names."""
