"""Mails the links that people without access ask for."""

from postrider import bootstrap
from postrider.users.messages import MailLink
from postrider.workers.queues import queue_worker


def handle(message: MailLink) -> None:
    bootstrap.user_recovery().mail(message)


lambda_handler = queue_worker(MailLink, handle)
