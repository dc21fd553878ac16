"""Read messages: pages, a message by its id, and the messages of given recipients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from postrider.kit.chunks import in_chunks
from postrider.kit.clock import unix_or_none
from postrider.mail_events.model import PUSH_LOG, TRANSACTIONAL_LOG, ListLog, Log, LogQuery, LogRow
from postrider.messages import rules
from postrider.messages.ids import MessageIds, key_of_row, unknown_message
from postrider.messages.model import MailMessage, MessageKey, MessageKind, MessagePage, MessageQuery

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.kit.paging import Cursors
    from postrider.lists.service import ListService
    from postrider.mail_events.service import EventService
    from postrider.messages.reader import MessageReader

MAX_SIZE = 1000
MAX_EXAMINED = 1000
"""Maximum number of rows of the log that a page reads: with a rare filter, a page is short and has a next page."""
MAX_DRAFTS_EXAMINED = 100
"""The content of each draft is read."""
CHUNK = 100
"""Number of rows whose messages are read together."""
Place = tuple[int, int]
"""The place of a row in the order of messages: its id, and its list, since rows of two lists may have one id."""


class MessageService:
    def __init__(
        self, events: EventService, lists: ListService, reader: MessageReader, ids: MessageIds, cursors: Cursors
    ) -> None:
        self._events, self._lists, self._reader = events, lists, reader
        self._ids, self._cursors = ids, cursors

    def get(self, account_id: str, message_id: str) -> MailMessage:
        """Return a message; a transactional message exists as soon as its mail is accepted. Raises NotFound."""
        (message,) = self.of_recipients(account_id, [self._ids.key_of(account_id, message_id)])
        if message is None:
            raise unknown_message()
        return message

    def of_recipients(self, account_id: str, keys: Sequence[MessageKey]) -> list[MailMessage | None]:
        """Return the messages with these keys, in their order; None for an unknown message."""
        messages = self._reader.read(account_id, keys)
        return [messages.get(key) for key in keys]

    def page(self, account_id: str, query: MessageQuery, *, size: int, cursor: str | None = None) -> MessagePage:
        """Return a page of messages, the newest first. Raises Invalid for a cursor of another listing.

        It reads at most MAX_EXAMINED rows of the log.
        """
        question = _text(query)
        place = None if cursor is None else _place(self._cursors.read(account_id, question, cursor))
        size = min(size, MAX_SIZE)
        rows = self._rows(account_id, query, place, size)
        messages: list[MailMessage] = []
        is_full = False
        examined = MAX_DRAFTS_EXAMINED if query.is_draft else MAX_EXAMINED
        for chunk in in_chunks(islice(rows, examined), min(CHUNK, size + 1)):
            for row, message in self._listed(account_id, query, chunk):
                is_full = message is not None and len(messages) == size
                if is_full:
                    break
                messages += [message] if message is not None else []
                place = place_of(row)
            if is_full or len(messages) == size:  # whether another one fulfils the query is for the next page to say
                break
        has_more = is_full or next(rows, None) is not None
        next_cursor = self._cursors.write(account_id, question, place) if has_more else None
        return MessagePage(items=messages, next_cursor=next_cursor)

    def walk(self, account_id: str, query: MessageQuery) -> Iterator[MailMessage]:
        """Yield all messages that fulfil a query, the newest first."""
        for chunk in in_chunks(self._rows(account_id, query, None, MAX_EXAMINED), CHUNK):
            yield from (message for _, message in self._listed(account_id, query, chunk) if message is not None)

    def _rows(self, account_id: str, query: MessageQuery, before: Place | None, wanted: int) -> Iterator[LogRow]:
        """Yield the rows of the log that list messages, the newest first, beginning before a place."""
        streams = [
            self._events.rows(account_id, log, _log_query(query, list_id, before), wanted)
            for log, list_id in self._logs(account_id, query)
        ]
        return iter(merge(*streams, key=place_of, reverse=True))

    def _logs(self, account_id: str, query: MessageQuery) -> list[tuple[Log, int | None]]:
        """Return the logs to read, each with its list, if it is the log of a list."""
        if query.sources is not None:
            return [(source, None) for source in query.sources if query.kind != MessageKind.PUSH]
        logs = [TRANSACTIONAL_LOG]
        if query.kind == MessageKind.PUSH:
            logs = [PUSH_LOG]
        elif query.template_id is None:
            logs = [ListLog(self._lists.default(account_id).id), TRANSACTIONAL_LOG]
        if query.kind is None:
            logs.append(PUSH_LOG)
        return [(log, log.list_id) for log in logs]

    def _listed(
        self, account_id: str, query: MessageQuery, rows: Sequence[LogRow]
    ) -> Iterator[tuple[LogRow, MailMessage | None]]:
        """Yield each row with its message; None if another row lists the message, or it does not fulfil the query."""
        keys = [key_of_row(row) for row in rows]
        messages = self._reader.read(account_id, [key for key in keys if key is not None])
        for row, key in zip(rows, keys, strict=True):
            message = None if key is None else messages.get(key)
            is_listed = message is not None and rules.is_listed_by(row, message) and rules.fulfils(query, message)
            yield row, message if is_listed else None


def place_of(row: LogRow) -> Place:
    return row.id, row.list_id


def _place(stored: Sequence[int]) -> Place:
    row_id, list_id = stored
    return int(row_id), int(list_id)


def _log_query(query: MessageQuery, list_id: int | None, before: Place | None) -> LogQuery:
    end_id = None
    if before is not None:
        row_id, list_of_row = before
        end_id = row_id if list_id is not None and list_id < list_of_row else row_id - 1
    start, end = unix_or_none(query.start), unix_or_none(query.end)
    return LogQuery(
        types=rules.types_of(query),
        end_id=end_id,
        start_ms=None if start is None else start * 1000,
        end_ms=None if end is None else end * 1000 + 999,
    )


def _text(query: MessageQuery) -> str:
    """Return a text that is equal for equal queries."""
    sources = None if query.sources is None else ",".join(sorted(map(str, query.sources)))
    window = f"{unix_or_none(query.start)}-{unix_or_none(query.end)}"
    return f"messages#{sources}#{query.kind}#{query.template_id}#{query.content_id}#{query.metric}#{query.is_draft}#{window}"
