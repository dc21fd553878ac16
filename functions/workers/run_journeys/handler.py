"""Let contacts enter workflows, and begin the runs of actions that are due now."""

from postrider import bootstrap
from postrider.journeys.messages import MoveContacts
from postrider.workers.queues import queue_worker


def handle(message: MoveContacts) -> None:
    bootstrap.journeys().handle(message)


lambda_handler = queue_worker(MoveContacts, handle)
