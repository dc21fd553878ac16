"""Log push messages; listings and webhooks use the rows of the log."""

from postrider.mail_events.model import PUSH_LOG, Event, EventType
from postrider.mail_events.service import EventService
from postrider.pushes.model import Push, PushOutcome

_TYPES = {
    PushOutcome.SENT: EventType.SENT,
    PushOutcome.FAILED: EventType.FAILED,
    PushOutcome.SKIPPED: EventType.SKIPPED,
}


class PushLog:
    def __init__(self, events: EventService) -> None:
        self._events = events

    def record_outcome(self, push: Push) -> None:
        """Log a decided message, or that a draft is prepared; again changes nothing."""
        decided_at = push.created_at if push.is_draft else push.decided_at
        event_type = EventType.PREPARED if push.is_draft else _TYPES.get(push.outcome)
        if event_type is not None and decided_at is not None:
            self._record(push, event_type, int(decided_at.timestamp()) * 1000, f"{event_type}#push#{push.id}")

    def record_reported(self, push: Push, event_type: EventType, at_ms: int, event_id: str) -> None:
        """Log an event that a program told, once for each `event_id`."""
        self._record(push, event_type, at_ms, event_id, is_reported=True)

    def _record(
        self, push: Push, event_type: EventType, at_ms: int, event_id: str, *, is_reported: bool = False
    ) -> None:
        event = Event(
            event_id=event_id,
            type=event_type,
            account_id=push.account_id,
            list_id=PUSH_LOG.list_id,
            contact_id=push.contact_id,
            at_ms=at_ms,
            source=push.source,
            detail=push.failure,
            is_reported=is_reported,
        )
        self._events.record_copy(event, is_counted=False)
