"""Handle the queue relay-events: send events of accounts to their consumers."""

from postrider import bootstrap
from postrider.outbox.messages import RelayEvents
from postrider.workers.queues import queue_worker


def handle(message: RelayEvents) -> None:
    bootstrap.event_relay().relay(message)


lambda_handler = queue_worker(RelayEvents, handle)
