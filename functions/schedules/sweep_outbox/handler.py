"""Each minute: events whose message was lost."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker

lambda_handler = schedule_worker("sweep_outbox", lambda: bootstrap.event_relay().sweep())
