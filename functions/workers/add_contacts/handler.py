"""Handle the queue add-contacts: write contacts of imports by one call, and of sign-ups. Imports of files do not delay them."""

from typing import Annotated

from pydantic import Field, RootModel

from postrider import bootstrap
from postrider.forms.messages import SubscribeContact
from postrider.kit.actors import Origin, begin_call
from postrider.tasks.messages import RunTaskPart
from postrider.workers.queues import queue_worker


class Order(RootModel[Annotated[RunTaskPart | SubscribeContact, Field(discriminator="kind")]]):
    """A message of this queue."""


def handle(order: Order) -> None:
    message = order.root
    if isinstance(message, SubscribeContact):
        begin_call(origin=Origin.PERSON)
        bootstrap.sign_up_processing().process(message)
    else:
        begin_call()
        bootstrap.task_runner().run(message)


lambda_handler = queue_worker(Order, handle, takes_long=True)
