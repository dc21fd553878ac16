"""Mails the links that confirm subscriptions."""

from postrider import bootstrap
from postrider.consent.messages import AskSubscriber
from postrider.workers.queues import queue_worker


def handle(message: AskSubscriber) -> None:
    bootstrap.confirmations().mail(message)


lambda_handler = queue_worker(AskSubscriber, handle)
