"""Turn sign-ups into contacts."""

from postrider import bootstrap
from postrider.forms.messages import SubscribeContact
from postrider.kit.actors import Origin, begin_call
from postrider.workers.queues import queue_worker


def handle(message: SubscribeContact) -> None:
    begin_call(origin=Origin.PERSON)
    bootstrap.sign_up_intake().take(message)


lambda_handler = queue_worker(SubscribeContact, handle)
