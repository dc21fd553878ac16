"""Asks by mail, through the queue: an import may ask a thousand people at once."""

from collections.abc import Sequence

from postrider.consent.messages import ASK_SUBSCRIBERS, AskSubscriber
from postrider.contacts.model import Contact
from postrider.ports.queue import Queue


class ConfirmationRequests:
    """An `OptIn` of contacts; `form_id` names the form that people signed up with, if there was one."""

    def __init__(self, queue: Queue, *, form_id: str = "", again: bool = False) -> None:
        self._queue, self._form_id, self._again = queue, form_id, again

    def ask(self, account_id: str, list_id: int, contacts: Sequence[Contact]) -> None:
        orders = [
            AskSubscriber(
                account_id=account_id,
                list_id=list_id,
                contact_id=contact.id,
                form_id=self._form_id,
                again=self._again,
            )
            for contact in contacts
        ]
        self._queue.send(ASK_SUBSCRIBERS, orders, group=account_id)
