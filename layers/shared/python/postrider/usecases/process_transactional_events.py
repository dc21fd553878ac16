"""Process events of SES about transactional mails: log them, confirm lost answers, and suppress dead addresses."""

from postrider.kit.errors import Invalid
from postrider.kit.observability import logger
from postrider.kit.pauses import Throttled
from postrider.mail_events.model import TRANSACTIONAL_LOG, Event, EventType
from postrider.mail_events.service import EventService
from postrider.mail_events.ses.model import RecipientEvent, SesEvent, SesEventType
from postrider.mail_events.ses.rules import bounce_class_of, tags_of, without_addresses
from postrider.suppressions.model import SuppressionSource
from postrider.transactional.copy_sender import TransactionalSender
from postrider.transactional.model import MailCopy
from postrider.usecases.suppress_address import AddressSuppression

_FAILURES = {
    SesEventType.REJECT: EventType.FAILED,
    SesEventType.RENDERING_FAILURE: EventType.FAILED,
    SesEventType.DELIVERY_DELAY: EventType.DELAYED,
}
_NO_PROOF = frozenset(_FAILURES)
"""Types of events that do not prove that SES accepted the mail."""
_NOT_LOGGED = frozenset({SesEventType.SEND, SesEventType.DELIVERY})


class TransactionalEvents:
    def __init__(self, events: EventService, sender: TransactionalSender, suppression: AddressSuppression) -> None:
        self._events, self._sender, self._suppression = events, sender, suppression

    def process(self, event: SesEvent) -> None:
        """Record an event; a repeated event is counted once. Raises an error if it has to be processed again."""
        tags = tags_of(event.mail)
        copy = self._sender.find(tags.account_id, tags.source.id, tags.contact_id)
        if copy is None:
            logger.warning("ses event of an unknown mail", message_id=event.mail.message_id)
            return
        for recipient_event in event.recipient_events():
            if recipient_event.type not in _NO_PROOF and copy.sent_at is None:
                self._sender.record_sent(copy, recipient_event.message_id)
            if recipient_event.type not in _NOT_LOGGED and not recipient_event.is_not_spam:
                self.record(copy, recipient_event)

    def record(self, copy: MailCopy, event: RecipientEvent) -> None:
        """Record an event of a copy; it can be repeated. Raises Throttled if other writers were faster each time."""
        if event.type == SesEventType.BOUNCE:
            bounce = bounce_class_of(event)
            answer = " ".join(filter(None, (event.status, event.diagnostic)))
            self._log(copy, event, bounce.type, answer or f"{event.bounce_type} {event.bounce_sub_type}")
            if bounce.hard:
                self._suppress(copy, event, SuppressionSource.BOUNCE)
        elif event.type == SesEventType.COMPLAINT:
            self._log(copy, event, EventType.COMPLAINED, None)
            self._suppress(copy, event, SuppressionSource.COMPLAINT)
        else:
            self._log(copy, event, _FAILURES[event.type], f"{event.type}: {event.reason}")

    def _log(self, copy: MailCopy, event: RecipientEvent, event_type: EventType, detail: str | None) -> None:
        row = Event(
            event_id=event.event_id,
            type=event_type,
            account_id=copy.account_id,
            list_id=TRANSACTIONAL_LOG.list_id,
            source=copy.source,
            contact_id=copy.id,
            at_ms=int(event.at.timestamp() * 1000),
            detail=None if detail is None else without_addresses(detail),
            is_reported=event.is_reported,
        )
        if self._events.record([row]):
            raise Throttled("the event was not recorded")

    def _suppress(self, copy: MailCopy, event: RecipientEvent, source: SuppressionSource) -> None:
        address = copy.email or event.address
        if not address:
            return
        try:
            self._suppression.suppress(copy.account_id, address, source)
        except Invalid:
            logger.warning("event without a usable address", message_id=event.message_id)
