"""Queue track-events: what recipients did with mails, in batches."""

from collections.abc import Sequence

from postrider import bootstrap
from postrider.batches import batch_worker
from postrider.tracking.messages import TrackedHit


def handle(hits: Sequence[TrackedHit]) -> Sequence[TrackedHit]:
    again = {event.event_id for event in bootstrap.activity().record([hit.event() for hit in hits])}
    return [hit for hit in hits if hit.event_id in again]


lambda_handler = batch_worker(TrackedHit, handle)
