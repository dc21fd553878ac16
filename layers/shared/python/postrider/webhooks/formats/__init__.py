"""Formats of callbacks, one for each API and one for the webhooks of lists: pure functions from an event to a message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks.formats import lists, main, reporting
from postrider.webhooks.model import Message, Subject
from postrider.webhooks.rules import RetryPlan

MessageMaker = Callable[[DomainEvent, Subject, Sequence[str], datetime], Message]
"""A function that returns the message of an event about a subject, signed with these secrets (current one first)."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """The format of callbacks of an API. `event_names` are its names of events."""

    message_of: MessageMaker
    event_names: Mapping[DomainEventType, str]
    plan: RetryPlan = RetryPlan()  # noqa: RUF009  # frozen


MAIN, LIST, REPORTING = "main", "list", "reporting"
FORMATS: Mapping[str, Format] = {
    MAIN: Format(message_of=main.message_of, event_names=main.EVENT_NAMES),
    LIST: Format(message_of=lists.message_of, event_names=lists.EVENT_NAMES),
    REPORTING: Format(message_of=reporting.message_of, event_names=reporting.EVENT_NAMES, plan=reporting.PLAN),
}
"""The formats by their stored names."""
