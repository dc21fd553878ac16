"""Define webhooks, their callbacks, and the log of deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from postrider.kit.actors import Origin
from postrider.mail_events.model import EventType
from postrider.outbox.model import DomainEvent, DomainEventType


class WebhookStatus(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"


class RatePeriod(StrEnum):
    SECOND = "second"
    MINUTE = "minute"


class DisabledReason(StrEnum):
    """The reason why the platform archived a webhook."""

    GONE = "gone"
    """The receiver answered 410: it refuses all callbacks."""
    FAILING = "failing"
    """No callback was accepted for days."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A URL that is called for events of some types.

    `list_id` limits it to one list, `origins` to events from these origins (empty: all), and `log_types` events of mails to
    these types of rows in the log (empty: all). With `is_ordered`, no newer callback is sent while a callback is retried.
    `other_events` are names of events that never occur, stored as the owner has given them. `has_content` adds the content
    to events of sent mails, `is_first_only` omits later opens and clicks of a mail. The secret is derived from the secret
    of the deployment and `secret_number`; until `former_secret_until`, the previous secret is valid as well.
    `is_notice_due` is true until the owner has been mailed about the end of the webhook.
    `version` grows with each change.
    """

    id: str
    account_id: str
    url: str
    types: tuple[DomainEventType, ...]
    format: str
    created_at: datetime
    status: WebhookStatus = WebhookStatus.ACTIVE
    list_id: int | None = None
    origins: tuple[Origin, ...] = ()
    log_types: tuple[EventType, ...] = ()
    name: str = ""
    other_events: tuple[str, ...] = ()
    has_content: bool = False
    is_first_only: bool = False
    is_ordered: bool = False
    rate_limit: int = 80
    rate_limit_period: RatePeriod = RatePeriod.SECOND
    archived_at: datetime | None = None
    disabled_reason: DisabledReason | None = None
    is_notice_due: bool = False
    secret_number: int = 1
    former_secret_until: datetime | None = None
    version: int = 1

    def takes(self, event: DomainEvent) -> bool:
        """Return whether the webhook takes an event of its account."""
        return (
            self.status == WebhookStatus.ACTIVE
            and event.type in self.types
            and self.list_id in (None, event.list_id)
            and (not self.origins or event.actor.origin in self.origins)
            and (not self.log_types or event.data.get("log_type") in (None, *self.log_types))
        )


@dataclass(frozen=True, kw_only=True)
class Callback:
    """A pending call of a webhook for an event. `due_ms` is the moment of the next attempt (Unix milliseconds)."""

    event: DomainEvent
    due_ms: int
    queued_at: datetime
    attempts: int = 0

    @property
    def delivery_id(self) -> str:
        """Return the id in the log of deliveries, which sorts by the moment of the event."""
        return delivery_id_of(self.event)


def delivery_id_of(event: DomainEvent) -> str:
    return f"{event.at_ms:015d}-{event.id}"


class DeliveryStatus(StrEnum):
    DELIVERED = "delivered"
    RETRYING = "retrying"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The log entry of the last attempt of a callback. `http_status` is None if the receiver did not answer."""

    id: str
    event: DomainEvent
    status: DeliveryStatus
    attempts: int
    attempted_at: datetime
    http_status: int | None = None
    error: str | None = None
    took_ms: int | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CallbackRequest:
    """A request to a receiver. A retry of the same callback may have other headers."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DispatchState:
    """The state of sending to one webhook, which is stored between the runs of the worker.

    `signal` grows with every new callback, `due_at` is the due moment before the run. `window_start` (Unix seconds) and
    `window_count` count the calls of a period. `failures` counts the attempts since the last accepted one, and
    `failing_since` is the moment of the first failure.
    """

    lease_id: str
    signal: int
    due_at: datetime | None = None
    window_start: int = 0
    window_count: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    retry_at: datetime | None = None


EventPayload = Mapping[str, Any]
"""The payload of an event in the words of the domain, JSON-safe; moments are Unix seconds."""


class PayloadReader(Protocol):
    """A reader of the payloads of events."""

    def read(self, webhook: Webhook, events: Sequence[DomainEvent]) -> Sequence[EventPayload | None]:
        """Return the payloads of events in their order; None for an event without a callback."""
        ...
