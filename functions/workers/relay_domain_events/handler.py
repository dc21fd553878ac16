"""Handle the queue relay-domain-events: send events of accounts to their consumers."""

from postrider import bootstrap
from postrider.outbox.queue_messages import RelayEvents
from postrider.workers.queues import queue_worker


def handle(message: RelayEvents) -> None:
    bootstrap.event_relay().relay(message)


lambda_handler = queue_worker(RelayEvents, handle)
