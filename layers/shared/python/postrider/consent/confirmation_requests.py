"""Enqueue requests to confirm a subscription by mail."""

from collections.abc import Sequence

from postrider.consent.queue_messages import MailConfirmationRequest
from postrider.contacts.model import Contact
from postrider.kit.ids import random_id
from postrider.ports.queue import Queue
from postrider.system_mails.queues import MAIL_LINKS


class ConfirmationRequests:
    """The `ConfirmationSender` that mails confirmation requests. `sign_up_id` is the sign-up that caused them, or empty.

    Requests are sent through the queue, because an import may create a thousand of them at once.
    """

    def __init__(self, queue: Queue, *, sign_up_id: str = "") -> None:
        self._queue, self._sign_up_id = queue, sign_up_id

    def request(self, account_id: str, list_id: int, contacts: Sequence[Contact], *, import_id: str = "") -> None:
        """Enqueue a request for each contact. Only one of the requests of the same import to a contact is mailed."""
        requests = [
            MailConfirmationRequest(
                account_id=account_id,
                list_id=list_id,
                contact_id=contact.id,
                consent_number=contact.consent_number,
                sign_up_id=self._sign_up_id,
                import_id=import_id,
                id=random_id(),
            )
            for contact in contacts
        ]
        self._queue.send(MAIL_LINKS, requests, group=account_id)
