"""Find copies of transactional mails by recipient: for links, requests of people, and the messages of a contact."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from postrider.contacts.address import canonical
from postrider.delivery.model import Outcome
from postrider.kit.chunks import in_chunks
from postrider.kit.errors import NotFound
from postrider.mail_events.model import EventType, LogQuery, LogRow, MailboxLog
from postrider.storage.dynamo import BATCH_GET_KEYS

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.content.compiled import Rendered
    from postrider.mail_events.service import EventService
    from postrider.transactional.mailboxes import Mailboxes
    from postrider.transactional.model import Mail, MailCopy
    from postrider.transactional.repository import MailLedger, MailStore
    from postrider.transactional.writing import MailWriter

OUTCOMES = frozenset({EventType.SENT, EventType.SKIPPED, EventType.FAILED, EventType.UNKNOWN})
MAX_ROWS_OF_PERSON = 10_000
"""Maximum number of rows in the request of one person: more than 400 days with several mails a day."""


class CopyService:
    def __init__(
        self, mails: MailStore, ledger: MailLedger, events: EventService, mailboxes: Mailboxes, writer: MailWriter
    ) -> None:
        self._mails, self._ledger, self._events = mails, ledger, events
        self._mailboxes, self._writer = mailboxes, writer

    def many(self, account_id: str, ids: Collection[tuple[int, int]]) -> dict[tuple[int, int], MailCopy]:
        """Return the existing copies of these (mail id, copy id), with one call for 100."""
        return {(copy.mail_id, copy.id): copy for copy in self._ledger.many(account_id, ids)}

    def mail_of(self, account_id: str, mail_id: int) -> Mail | None:
        """Return a mail with its content; None if it is no longer stored."""
        return self._mails.get(account_id, mail_id)

    def address_of(self, account_id: str, mail_id: int, copy_id: int) -> str | None:
        """Return the address that a copy was sent to; None if it is no longer known."""
        copy = self._ledger.get(account_id, mail_id, copy_id)
        return None if copy is None else copy.email

    def view(self, account_id: str, mail_id: int, copy_id: int) -> Rendered:
        """Return a copy for the browser. Raises NotFound if its content is no longer stored."""
        mail = self._mails.get(account_id, mail_id)
        addressee = None if mail is None else mail.addressee(copy_id)
        if mail is None or addressee is None:
            raise NotFound("The content of the mail is no longer stored.", code="mail_not_found")
        return self._writer.render(mail, addressee)

    def to_address(self, account_id: str, email: str, wanted: int) -> Iterator[MailCopy]:
        """Yield up to `wanted` copies with a known outcome to an address, newest first."""
        log = MailboxLog(self._mailboxes.key_of(account_id, canonical(email)))
        rows = self._events.newest(account_id, log, LogQuery(types=OUTCOMES), wanted)
        seen: set[int] = set()
        for chunk in in_chunks(rows, BATCH_GET_KEYS):
            ids = {(row.source.id, row.contact_id) for row in chunk if row.source is not None}
            copies = {copy.id: copy for copy in self._ledger.many(account_id, ids)}
            for row in chunk:
                if row.contact_id in copies and row.contact_id not in seen:
                    seen.add(row.contact_id)
                    yield copies[row.contact_id]

    def log_of(self, account_id: str, email: str) -> Sequence[LogRow]:
        """Return the rows of the log about mails to an address, newest first."""
        log = MailboxLog(self._mailboxes.key_of(account_id, canonical(email)))
        return list(self._events.newest(account_id, log, LogQuery(), MAX_ROWS_OF_PERSON))

    def forget(self, account_id: str, email: str) -> int:
        """Erase the address from copies and log, and the contents of the mails; return the number of log rows with personal data.

        A mail with undecided copies keeps its content until it expires, because other people still get it.
        """
        mailbox = self._mailboxes.key_of(account_id, canonical(email))
        copies = list(self.to_address(account_id, email, MAX_ROWS_OF_PERSON))
        for mail_id in {copy.mail_id for copy in copies}:
            if all(copy.outcome != Outcome.CLAIMED for copy in self._ledger.of_mail(account_id, mail_id)):
                self._mails.delete(account_id, mail_id)
        self._ledger.forget(copies)
        return self._events.forget_mailbox(account_id, mailbox)
