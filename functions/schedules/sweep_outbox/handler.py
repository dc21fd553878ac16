"""Each minute: events whose message was lost, and webhooks that are due."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker

lambda_handler = schedule_worker(
    "sweep_outbox", lambda: {**bootstrap.event_relay().sweep(), **bootstrap.webhook_intake().sweep()}
)
