"""Show the content of a message: the stored copy of a transactional mail, or a new rendering of another mail."""

from dataclasses import replace

from postrider.campaigns.rendering import CampaignRenderer
from postrider.content.compiled import Rendered
from postrider.delivery.service import DeliveryService
from postrider.kit.errors import NotFound
from postrider.messages.ids import token_of
from postrider.messages.model import ArchivedMessage, MailMessage
from postrider.senders.service import SenderService
from postrider.transactional.copies import CopyService
from postrider.transactional.model import Mail, Role
from postrider.workflows.rendering import ActionRenderer


class MessageArchive:
    def __init__(
        self,
        campaigns: CampaignRenderer,
        actions: ActionRenderer,
        copies: CopyService,
        senders: SenderService,
        delivery: DeliveryService,
    ) -> None:
        self._campaigns, self._actions, self._copies = campaigns, actions, copies
        self._senders, self._delivery = senders, delivery

    def copy_of(self, account_id: str, message: MailMessage) -> ArchivedMessage:
        """Return the content of a message."""
        if message.key.is_push:  # only the texts for devices are stored
            return ArchivedMessage(message=message, is_original=True)
        if message.key.is_transactional:
            return self._stored(account_id, message)
        try:
            rendered = self._rendered(account_id, message)
        except NotFound:
            return ArchivedMessage(message=message, is_original=False)
        sender = message.campaign or message.action
        name, email = self._sender_of(account_id, None if sender is None else sender.sender_id)
        return ArchivedMessage(
            message=message,
            is_original=False,
            rendered=rendered,
            sender_name=(None if sender is None else sender.sender_name) or name,
            sender_email=email,
            reply_to_email=None if message.campaign is None else message.campaign.reply_to_email,
        )

    def _rendered(self, account_id: str, message: MailMessage) -> Rendered:
        """Return the mail with the revision of its run. Raises NotFound if the contact or the source is deleted."""
        key = message.key
        token = replace(token_of(account_id, key), variant=message.variant)
        revision = (
            None if message.run_id is None else self._delivery.revision_of(account_id, key.source, message.run_id)
        )
        if message.campaign is not None:
            return self._campaigns.web_view(token, revision=revision)
        return self._actions.web_view(token, key.source.id, revision=revision)

    def _stored(self, account_id: str, message: MailMessage) -> ArchivedMessage:
        mail = self._copies.mail_of(account_id, message.key.source.id)
        if mail is None or message.email is None:
            return ArchivedMessage(message=message, is_original=True)
        return ArchivedMessage(
            message=message,
            is_original=True,
            rendered=self._copies.view(account_id, mail.id, message.key.recipient_id),
            sender_name=mail.sender_name,
            sender_email=mail.sender_email,
            reply_to_email=mail.reply_to_email,
            others={role: _addresses(mail, role) for role in (Role.CC, Role.BCC)},
            headers=mail.headers,
        )

    def _sender_of(self, account_id: str, sender_id: str | None) -> tuple[str | None, str | None]:
        if sender_id is None:
            return None, None
        try:
            sender = self._senders.get(account_id, sender_id)
        except NotFound:
            return None, None
        return sender.name, sender.email


def _addresses(mail: Mail, role: Role) -> tuple[str, ...]:
    return tuple(addressee.email for addressee in mail.addressees if addressee.role == role)
