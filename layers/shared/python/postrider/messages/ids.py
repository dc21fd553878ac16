"""Name messages by signed tokens: an id cannot be guessed, and nothing is stored for it."""

from postrider.kit.errors import NotFound
from postrider.mail_events.model import LogRow
from postrider.mail_events.source import MailSource, SourceKind
from postrider.messages.model import MessageKey
from postrider.pushes.model import Push
from postrider.tracking.tokens import MailToken, TokenPurpose, Tokens


class MessageIds:
    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def of(self, account_id: str, key: MessageKey) -> str:
        """Return the id of a message."""
        return self._tokens.make(TokenPurpose.MESSAGE, token_of(account_id, key))

    def key_of(self, account_id: str, message_id: str) -> MessageKey:
        """Return the key of a message of this account. Raises NotFound."""
        owner_id, key = self.read(message_id)
        if owner_id != account_id:
            raise unknown_message()
        return key

    def read(self, message_id: str) -> tuple[str, MessageKey]:
        """Return account and key of a message, for calls that its id authorizes. Raises NotFound."""
        try:
            token = self._tokens.read(TokenPurpose.MESSAGE, message_id)
        except NotFound as exc:
            raise unknown_message() from exc
        if token.source is None:
            raise unknown_message()
        return token.account_id, MessageKey(token.source, token.list_id, token.contact_id)


def token_of(account_id: str, key: MessageKey) -> MailToken:
    """Return the tracking token in the links of a message."""
    return MailToken(account_id=account_id, source=key.source, list_id=key.list_id, contact_id=key.recipient_id)


def copy_key(mail_id: int, copy_id: int) -> MessageKey:
    """Return the key of a copy of a transactional mail."""
    return MessageKey(MailSource(SourceKind.TRANSACTIONAL, mail_id), 0, copy_id)


def push_key(push: Push) -> MessageKey:
    """Return the key of a push message."""
    return MessageKey(push.source, push.list_id, push.contact_id)


def key_of_row(row: LogRow) -> MessageKey | None:
    """Return the key of the message of a row of the log, None for a row without a message."""
    return None if row.mail is None else MessageKey(row.mail, row.list_id, row.contact_id)


def unknown_message() -> NotFound:
    return NotFound("Unknown message.", code="message_not_found", field="message_id")
