"""Enqueue requests to confirm a subscription by mail."""

from collections.abc import Sequence

from postrider.consent.messages import ASK_SUBSCRIBERS, AskSubscriber
from postrider.contacts.model import Contact
from postrider.ports.queue import Queue


class ConfirmationRequests:
    """The `OptIn` of contacts that mails confirmation requests. `form_id` is the form they signed up with, if any.

    Requests go through the queue, because an import may make a thousand of them at once.
    """

    def __init__(self, queue: Queue, *, form_id: str = "", again: bool = False) -> None:
        self._queue, self._form_id, self._again = queue, form_id, again

    def request(self, account_id: str, list_id: int, contacts: Sequence[Contact]) -> None:
        """Enqueue a request for each contact."""
        requests = [
            AskSubscriber(
                account_id=account_id,
                list_id=list_id,
                contact_id=contact.id,
                form_id=self._form_id,
                again=self._again,
            )
            for contact in contacts
        ]
        self._queue.send(ASK_SUBSCRIBERS, requests, group=account_id)
