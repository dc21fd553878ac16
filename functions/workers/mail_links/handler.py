"""Handle the queue mail-links: mail the links that confirm subscriptions, and links for people who cannot log in."""

from typing import Annotated

from pydantic import Field, RootModel

from postrider import bootstrap
from postrider.consent.messages import MailConfirmationRequest
from postrider.users.messages import MailLink
from postrider.workers.queues import queue_worker


class Order(RootModel[Annotated[MailConfirmationRequest | MailLink, Field(discriminator="kind")]]):
    """A message of this queue."""


def handle(order: Order) -> None:
    message = order.root
    if isinstance(message, MailConfirmationRequest):
        bootstrap.confirmations().mail(message)
    else:
        bootstrap.user_recovery().mail(message)


lambda_handler = queue_worker(Order, handle)
