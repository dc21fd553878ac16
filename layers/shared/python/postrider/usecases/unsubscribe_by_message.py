"""Unsubscribe the recipient of a message by its id, which does not name the address to which it was sent."""

from dataclasses import replace

from postrider.contacts.mailed_addresses import MailedAddresses
from postrider.kit.clock import Clock
from postrider.messages.ids import MessageIds, token_of
from postrider.messages.model import MessageKey
from postrider.messages.service import MessageService
from postrider.tracking.service import TrackingRequest
from postrider.usecases.unsubscribe_by_link import LinkUnsubscription


class MessageUnsubscription:
    def __init__(
        self,
        ids: MessageIds,
        messages: MessageService,
        addresses: MailedAddresses,
        links: LinkUnsubscription,
        now: Clock,
    ) -> None:
        self._ids, self._messages, self._addresses, self._links, self._now = ids, messages, addresses, links, now

    def unsubscribe(self, message_id: str, request: TrackingRequest) -> None:
        """Unsubscribe as the link of the message does. Raises NotFound for an unknown id."""
        account_id, key = self._ids.read(message_id)
        number = 0 if key.is_transactional or key.is_push else self._address_number(account_id, key)
        token = replace(token_of(account_id, key), address_number=number)
        self._links.unsubscribe_from_message(token, message_id, request)

    def _address_number(self, account_id: str, key: MessageKey) -> int:
        """Return the number of the address of the message. It is only read for a contact whose address has changed."""
        recipient = account_id, key.list_id, key.recipient_id
        number = self._addresses.number_at(*recipient, self._now())
        if not number:
            return 0
        (message,) = self._messages.of_recipients(account_id, [key])
        return number if message is None else self._addresses.number_at(*recipient, message.created_at)
