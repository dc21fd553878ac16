"""Send copies of transactional mails, and push messages."""

from pydantic import RootModel

from postrider import bootstrap
from postrider.pushes.messages import SendPush
from postrider.transactional.messages import SendEmail
from postrider.workers.queues import queue_worker


class SendMessage(RootModel[SendEmail | SendPush]):
    """A message of this queue."""


def handle(order: SendMessage) -> None:
    message = order.root
    if isinstance(message, SendPush):
        bootstrap.push_sender().send(message)
    else:
        bootstrap.transactional_sender().send(message)


lambda_handler = queue_worker(SendMessage, handle)
