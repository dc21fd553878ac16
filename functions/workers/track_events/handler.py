"""Queue track-events: what recipients did with mails, in batches."""

from collections.abc import Sequence

from postrider import bootstrap
from postrider.tracking.messages import TrackedEvent
from postrider.workers.batches import batch_worker


def handle(hits: Sequence[TrackedEvent]) -> Sequence[TrackedEvent]:
    again = {event.event_id for event in bootstrap.events().record([hit.event() for hit in hits])}
    return [hit for hit in hits if hit.event_id in again]


lambda_handler = batch_worker(TrackedEvent, handle)
