"""Sends copies of transactional mails."""

from postrider import bootstrap
from postrider.transactional.messages import SendEmail
from postrider.workers.queues import queue_worker


def handle(order: SendEmail) -> None:
    bootstrap.transactional_sender().send(order)


lambda_handler = queue_worker(SendEmail, handle)
