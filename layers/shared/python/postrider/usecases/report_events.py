"""Record events of messages that programs of an account report, in the same way as events of SES and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from postrider.contacts.mailed_addresses import MailedAddresses
from postrider.kit.clock import Clock, from_unix, unix
from postrider.kit.errors import Invalid
from postrider.kit.pauses import Throttled
from postrider.mail_events.model import Event, EventType
from postrider.mail_events.ses.model import MailTags, RecipientEvent, SesEventType
from postrider.mail_events.ses.rules import without_addresses
from postrider.mail_events.source import SourceKind
from postrider.messages.ids import MessageIds, unknown_message
from postrider.messages.model import MailMessage, Metric

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.mail_events.service import EventService
    from postrider.messages.service import MessageService
    from postrider.pushes.service import PushService
    from postrider.tracking.links import LinkTable
    from postrider.usecases.process_ses_events import SesEventService
    from postrider.usecases.process_transactional_events import TransactionalEvents

_FAULTS: Mapping[Metric, SesEventType] = {
    Metric.BOUNCED: SesEventType.BOUNCE,
    Metric.COMPLAINED: SesEventType.COMPLAINT,
    Metric.DELAYED: SesEventType.DELIVERY_DELAY,
    Metric.FAILED: SesEventType.REJECT,
}
"""Metrics with an event of SES, which also marks contacts and suppresses addresses."""
_OTHERS: Mapping[Metric, EventType] = {
    Metric.DELIVERED: EventType.DELIVERED,
    Metric.OPENED: EventType.OPENED,
    Metric.CLICKED: EventType.CLICKED,
    Metric.CONVERTED: EventType.CONVERTED,
    Metric.SKIPPED: EventType.SKIPPED,
}
_PUSHES: Mapping[Metric, EventType] = {**_OTHERS, Metric.BOUNCED: EventType.BOUNCED, Metric.FAILED: EventType.FAILED}
"""Metrics of push messages, which SES does not send."""
REPORTED = frozenset(_FAULTS.keys() | _OTHERS.keys())
"""Metrics that can be reported."""
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
"""An enhanced status code (RFC 3463) in the answer of a mail server."""


class ReportedEvents:
    def __init__(
        self,
        messages: MessageService,
        ids: MessageIds,
        addresses: MailedAddresses,
        ses_events: SesEventService,
        transactional_events: TransactionalEvents,
        events: EventService,
        links: LinkTable,
        pushes: PushService,
        now: Clock,
    ) -> None:
        self._pushes, self._addresses = pushes, addresses
        self._messages, self._ids, self._events, self._links, self._now = messages, ids, events, links, now
        self._ses_events, self._transactional_events = ses_events, transactional_events

    def report(
        self,
        account_id: str,
        message_id: str,
        metric: Metric,
        *,
        at: datetime | None = None,
        reason: str | None = None,
        url: str | None = None,
    ) -> None:
        """Record that a message reached a metric: once for each message, metric and moment.

        `reason` is the answer of a mail server, `url` the link of a click. A moment before the message is replaced by its
        creation, a moment in the future by now. Raises NotFound, and Invalid for a message that was not attempted, or a
        metric that cannot be reported.
        """
        (message,) = self._messages.of_recipients(account_id, [self._ids.key_of(account_id, message_id)])
        if message is None:
            raise unknown_message()
        if metric not in REPORTED:
            raise Invalid(f"The metric {metric} cannot be reported.", code="metric_not_reported", field="metric")
        if Metric.ATTEMPTED not in message.moments:
            reason = "The message was not sent, so that it cannot reach this metric."
            raise Invalid(reason, code="message_not_sent", field="message_id")
        moment = self._moment(message, at)
        event_id = f"reported#{metric}#{message_id}#{unix(moment)}"
        if message.key.is_push:
            self._report_push(account_id, message, metric, moment, event_id)
        elif metric in _FAULTS:
            self._record_fault(account_id, message, _fault(event_id, _FAULTS[metric], moment, reason or ""))
        else:
            self._record(account_id, message, event_id, _OTHERS[metric], moment, reason, url)

    def _report_push(
        self, account_id: str, message: MailMessage, metric: Metric, moment: datetime, event_id: str
    ) -> None:
        event_type = _PUSHES.get(metric)
        if event_type is None:
            raise Invalid(
                f"The metric {metric} cannot be reported of a push message.", code="metric_not_reported", field="metric"
            )
        self._pushes.report(account_id, message.key.source.id, event_type, moment, event_id)

    def _moment(self, message: MailMessage, at: datetime | None) -> datetime:
        """Return the moment in whole seconds."""
        now = self._now()
        return from_unix(unix(min(max(at or now, message.created_at), now)))

    def _record_fault(self, account_id: str, message: MailMessage, event: RecipientEvent) -> None:
        if message.copy is not None:
            self._transactional_events.record(message.copy, event)
            return
        tags = MailTags(
            account_id=account_id,
            source=message.key.source,
            list_id=message.key.list_id,
            contact_id=message.key.recipient_id,
            run_id=message.run_id or "",
            variant=message.variant,
        )
        self._ses_events.record(tags, replace(event, address=self._address_of(account_id, message)))

    def _address_of(self, account_id: str, message: MailMessage) -> str:
        """Return the address to which a message was sent, if its contact was deleted or has got another one; "" otherwise."""
        if message.contact is not None and message.contact.address_since is None:
            return ""
        key = message.key
        return self._addresses.address_at(account_id, key.list_id, key.recipient_id, message.created_at) or ""

    def _record(
        self,
        account_id: str,
        message: MailMessage,
        event_id: str,
        event_type: EventType,
        moment: datetime,
        reason: str | None,
        url: str | None,
    ) -> None:
        key, is_click = message.key, event_type == EventType.CLICKED
        event = Event(
            event_id=event_id,
            type=event_type,
            account_id=account_id,
            list_id=key.list_id,
            contact_id=key.recipient_id,
            source=key.source,
            at_ms=unix(moment) * 1000,
            is_reported=True,
            link_id=self._link_id(account_id, message, url) if is_click else None,
            url=url if is_click else None,
            detail=without_addresses(reason) if reason else None,
            variant=message.variant,
        )
        if self._events.record([event]):
            raise Throttled("the event was not recorded")

    def _link_id(self, account_id: str, message: MailMessage, url: str | None) -> int | None:
        """Return the number of a link of a campaign or an action, None for a URL that its content does not have."""
        source = message.key.source
        if url is None or source.kind == SourceKind.TRANSACTIONAL:
            return None
        links = self._links.all(account_id, source)
        return next((number for number, target in sorted(links.items()) if target == url), None)


def _fault(event_id: str, event_type: SesEventType, moment: datetime, reason: str) -> RecipientEvent:
    """Return the event in the form of SES. A bounce is permanent only if the answer of the mail server has such a code."""
    status = _STATUS.search(reason)
    return RecipientEvent(
        type=event_type,
        message_id=event_id,
        event_id=event_id,
        at=moment,
        bounce_type="Permanent" if status is not None and status[1] == "5" else "Transient",
        status="" if status is None else status[0],
        diagnostic=reason,
        reason=reason,
        is_reported=True,
    )
