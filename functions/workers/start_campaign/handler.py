"""Begins campaigns that are due; also goes on with those that were paused, parked or stalled."""

from postrider import bootstrap
from postrider.sends.messages import StartCampaign
from postrider.worker import queue_worker


def handle(order: StartCampaign) -> None:
    bootstrap.sending().start(order)


lambda_handler = queue_worker(StartCampaign, handle)
