"""Handle the queue mail-links: mail the links that confirm subscriptions, and links for people who cannot log in."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from postrider import bootstrap
from postrider.consent.queue_messages import MailConfirmationRequest
from postrider.users.queue_messages import MailLink
from postrider.workers.queues import queue_worker

Message = MailConfirmationRequest | MailLink
MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def handle(message: Message) -> None:
    if isinstance(message, MailConfirmationRequest):
        bootstrap.confirmations().mail(message)
    else:
        bootstrap.user_recovery().mail(message)


lambda_handler = queue_worker(MESSAGES, handle)
