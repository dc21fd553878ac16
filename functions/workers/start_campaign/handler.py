"""Begin the runs of campaigns that are due, and continue runs that were paused, parked or stalled."""

from postrider import bootstrap
from postrider.delivery.messages import StartRun
from postrider.workers.queues import queue_worker


def handle(message: StartRun) -> None:
    bootstrap.campaign_start().start(message)


lambda_handler = queue_worker(StartRun, handle)
