"""Send copies of transactional mails, and push messages."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from postrider import bootstrap
from postrider.pushes.queue_messages import SendPush
from postrider.transactional.queue_messages import SendEmail
from postrider.workers.queues import queue_worker

Message = SendEmail | SendPush
MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def handle(message: Message) -> None:
    if isinstance(message, SendPush):
        bootstrap.push_sender().send(message)
    else:
        bootstrap.transactional_sender().send(message)


lambda_handler = queue_worker(MESSAGES, handle)
