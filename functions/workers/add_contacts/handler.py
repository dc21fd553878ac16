"""Handle the queue add-contacts: write contacts of imports by one call, and of sign-ups. Imports of files do not delay them."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from postrider import bootstrap
from postrider.forms.queue_messages import SubscribeContact
from postrider.kit.actors import Origin, begin_call
from postrider.tasks.queue_messages import RunTaskPart
from postrider.workers.queues import queue_worker

Message = RunTaskPart | SubscribeContact
MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def handle(message: Message) -> None:
    if isinstance(message, SubscribeContact):
        begin_call(origin=Origin.PERSON)
        bootstrap.sign_up_processing().process(message)
    else:
        begin_call()
        bootstrap.task_runner().run(message)


lambda_handler = queue_worker(MESSAGES, handle, takes_long=True)
