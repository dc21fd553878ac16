"""Mails the links that confirm subscriptions."""

from postrider import bootstrap
from postrider.optin.messages import AskSubscriber
from postrider.worker import queue_worker


def handle(message: AskSubscriber) -> None:
    bootstrap.opt_ins().mail(message)


lambda_handler = queue_worker(AskSubscriber, handle)
