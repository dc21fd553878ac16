"""Find the sender of a transactional mail."""

from dataclasses import dataclass

from postrider.kit.errors import Invalid
from postrider.lists.service import ListService
from postrider.senders.model import Sender
from postrider.senders.service import SenderService
from postrider.transactional.model import MailRequest


@dataclass(frozen=True, kw_only=True)
class ChosenSender:
    """A sender with its display name in the mail."""

    id: str
    name: str
    email: str


class SenderSelection:
    def __init__(self, senders: SenderService, lists: ListService) -> None:
        self._senders, self._lists = senders, lists

    def of(self, account_id: str, request: MailRequest) -> ChosenSender:
        """Return the sender of the request by id or address, or else the default sender of the account.

        Raises Invalid for a sender that is unknown or not confirmed, Forbidden for an address that the account may not
        send from.
        """
        if request.sender_id is not None:
            sender = self._senders.confirmed(account_id, request.sender_id, field=("sender", "id"))
        elif request.sender_email is not None:
            name = request.sender_name or request.sender_email
            sender = self._senders.for_address(account_id, request.sender_email, name, field=("sender", "email"))
        else:
            sender = self._usual(account_id)
        return ChosenSender(id=sender.id, name=request.sender_name or sender.name, email=sender.email)

    def _usual(self, account_id: str) -> Sender:
        sender_id = self._lists.default(account_id).default_sender_id
        if sender_id is None:
            confirmed = [sender for sender in self._senders.all(account_id) if sender.confirmed]
            if not confirmed:
                reason = "The mail has no sender: name one, or confirm a sender of the account."
                raise Invalid(reason, code="sender_missing", field=("sender", "id"))
            sender_id = min(confirmed, key=lambda sender: sender.created_at).id
        return self._senders.confirmed(account_id, sender_id, field=("sender", "id"))
