"""Queue mail-links: mails the links that confirm subscriptions, and those that people without access ask for."""

from typing import Annotated

from pydantic import Field, RootModel

from postrider import bootstrap
from postrider.consent.messages import AskSubscriber
from postrider.users.messages import MailLink
from postrider.workers.queues import queue_worker


class Order(RootModel[Annotated[AskSubscriber | MailLink, Field(discriminator="kind")]]):
    """Either of the orders of this queue."""


def handle(order: Order) -> None:
    message = order.root
    if isinstance(message, AskSubscriber):
        bootstrap.confirmations().mail(message)
    else:
        bootstrap.user_recovery().mail(message)


lambda_handler = queue_worker(Order, handle)
