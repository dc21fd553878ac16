"""Handle the queue record-engagement: record opens, clicks and other acts of recipients, in batches."""

from collections.abc import Sequence

from postrider import bootstrap
from postrider.tracking.queue_messages import TrackedEvent
from postrider.workers.batches import batch_worker


def record(messages: Sequence[TrackedEvent]) -> Sequence[TrackedEvent]:
    """Record the events; return the messages whose events could not be written now."""
    failed_ids = {event.event_id for event in bootstrap.events().record([message.to_event() for message in messages])}
    return [message for message in messages if message.event_id in failed_ids]


lambda_handler = batch_worker(TrackedEvent, record)
