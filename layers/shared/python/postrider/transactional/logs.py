"""Answer queries for the log of transactional mails, with their copies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from postrider.contacts.address import canonical
from postrider.kit.paging import Page
from postrider.mail_events.model import TRANSACTIONAL_LOG, Log, LogQuery, LogRow, MailboxLog
from postrider.mail_events.source import MailSource, SourceKind

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.mail_events.service import EventService
    from postrider.transactional.mailboxes import Mailboxes
    from postrider.transactional.model import MailCopy
    from postrider.transactional.repository import MailLedger


@dataclass(frozen=True, kw_only=True)
class CopyLogRow:
    """A row of the log with its copy; None if the copy has expired."""

    row: LogRow
    copy: MailCopy | None


class TransactionalLogs:
    def __init__(self, events: EventService, ledger: MailLedger, mailboxes: Mailboxes) -> None:
        self._events, self._ledger, self._mailboxes = events, ledger, mailboxes

    def page(
        self,
        account_id: str,
        query: LogQuery,
        *,
        number: int,
        size: int,
        with_count: bool = False,
        emails: Collection[str] | None = None,
        mail_ids: Collection[int] | None = None,
    ) -> Page[CopyLogRow]:
        """Return a page of the log, newest rows first.

        Mails to `emails`, and copies of the mails `mail_ids`, are found by their addresses, without reading the whole log.
        """
        if mail_ids is not None:
            query = replace(query, sources=frozenset(MailSource(SourceKind.TRANSACTIONAL, mail) for mail in mail_ids))
        mailboxes = self._mailboxes_of(account_id, emails, mail_ids)
        logs: list[Log] = [TRANSACTIONAL_LOG]
        if mailboxes is not None:
            logs = [MailboxLog(mailbox) for mailbox in sorted(mailboxes)]
        if len(logs) == 1:
            rows = self._events.page(account_id, logs[0], query, page=number, per_page=size).items
        else:
            rows = self._merged(account_id, logs, query, (number - 1) * size, size)
        copies = self._copies(account_id, rows)
        return Page(
            items=[CopyLogRow(row=row, copy=copies.get(row.contact_id)) for row in rows],
            count=sum(self._events.count(account_id, log, query) for log in logs) if with_count else None,
        )

    def _mailboxes_of(
        self, account_id: str, emails: Collection[str] | None, mail_ids: Collection[int] | None
    ) -> set[str] | None:
        """Return the mailboxes that rows may belong to; None for any."""
        mailboxes: set[str] | None = None
        if emails is not None:
            mailboxes = {self._mailboxes.key_of(account_id, canonical(email)) for email in emails}
        if mail_ids is not None:
            of_mails = {copy.mailbox for mail_id in mail_ids for copy in self._ledger.of_mail(account_id, mail_id)}
            mailboxes = of_mails if mailboxes is None else mailboxes & of_mails
        return mailboxes

    def _merged(
        self, account_id: str, logs: Collection[Log], query: LogQuery, skipped: int, wanted: int
    ) -> list[LogRow]:
        """Return rows of several logs; each is read from its beginning, since a mail has few recipients."""
        streams = [self._events.newest(account_id, log, query, skipped + wanted) for log in logs]
        merged = merge(*streams, key=lambda row: row.id, reverse=True)
        return list(islice(merged, skipped, skipped + wanted))

    def _copies(self, account_id: str, rows: Collection[LogRow]) -> dict[int, MailCopy]:
        ids = {(row.source.id, row.contact_id) for row in rows if row.source is not None}
        return {copy.id: copy for copy in self._ledger.many(account_id, ids)}
