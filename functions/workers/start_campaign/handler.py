"""Begins campaigns that are due; also goes on with those that were paused, parked or stalled."""

from postrider import bootstrap
from postrider.delivery.messages import StartCampaign
from postrider.workers.queues import queue_worker


def handle(order: StartCampaign) -> None:
    bootstrap.delivery().start(order)


lambda_handler = queue_worker(StartCampaign, handle)
