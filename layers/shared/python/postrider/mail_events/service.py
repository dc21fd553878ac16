"""Record events once, with their counters, and read pages and counts of the log."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from postrider.kit.chunks import in_chunks
from postrider.kit.paging import Cursors, Page
from postrider.kit.pauses import Throttled, pauses
from postrider.mail_events import calendar, counters, engagement, facets, mail_days, period_counters, rules, sent_counts
from postrider.mail_events import recipients as ledger
from postrider.mail_events.domain_events import events_of, events_of_batch
from postrider.mail_events.grouping import UNIQUE_COUNTERS, bounded, grouped, source_with_marked_first_rows
from postrider.mail_events.model import (
    BOUNCES,
    AccountLog,
    Engagement,
    Event,
    EventBatch,
    EventType,
    ListLog,
    Log,
    LogQuery,
    LogRow,
    MailboxLog,
)
from postrider.mail_events.parts import PartCounts
from postrider.mail_events.repository import LogRepository, WriteContention
from postrider.mail_events.source import MailSource
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.storage.dynamo import BATCH_GET_KEYS
from postrider.storage.page_markers import PageMarkers

EVENTS_AT_ONCE = 30
"""Maximum number of events per transaction: each may write a row, a recipient and link counters; 100 writes are allowed."""

_COUNTERS: Mapping[EventType, tuple[str, ...]] = {
    EventType.OPENED: ("opens", "bot_opens"),
    EventType.CLICKED: ("clicks", "bot_clicks"),
    **{
        counted: (counted.value,) for counted in (*BOUNCES, EventType.COMPLAINED, EventType.VIEWED, EventType.FORWARDED)
    },
}
"""The counters whose sum is the number of rows of a type, for types of mails only."""

Group = tuple[str, int, MailSource, int, int]
"""Account, list, source, shard and day of events that one transaction can record."""


class EventService:
    def __init__(
        self, log: LogRepository, cursors: Cursors, page_markers: PageMarkers, outbox: EventRecorder = NO_RECORDER
    ) -> None:
        self._log, self._cursors, self._page_markers = log, cursors, page_markers
        self._outbox = outbox

    # Recording

    def record(self, events: Iterable[Event]) -> list[Event]:
        """Record each event once: its row, the engagement of its recipient, and the counters.

        Events of one source are written together. Return the events that could not be written because of other writers or
        of the database; they can be recorded again.
        """
        groups: dict[Group, list[Event]] = defaultdict(list)
        failed: list[Event] = []
        recorded: list[Event] = []
        for event in events:
            if event.source is None:
                failed += self._add_alone(event)
            else:
                shard = rules.shard_of(event.contact_id)
                day = calendar.day_of(calendar.hour_of(event.at_ms))
                groups[event.account_id, event.list_id, event.source, shard, day].append(event)
        for group, members in groups.items():
            for chunk in in_chunks(members, EVENTS_AT_ONCE):
                try:
                    self._record_together(group, chunk)
                    recorded += chunk
                except Throttled:
                    failed += chunk
        self._announce(recorded)
        return failed

    def _add_alone(self, event: Event) -> list[Event]:
        """Record an event without a mail; return it if other writers were faster each time."""
        try:
            self._log.add(event.account_id, event)
        except Throttled:
            return [event]
        return []

    def _announce(self, events: Sequence[Event]) -> None:
        """Announce recorded events, also those of an earlier call: its worker may have crashed before it announced them."""
        by_account: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_account[event.account_id].append(event)
        for account_id, of_account in by_account.items():
            self._outbox.announce(account_id, events_of(of_account))

    def _record_together(self, group: Group, events: Sequence[Event]) -> None:
        """Record events of one group. Raises Throttled if other writers were faster each time."""
        account_id, list_id, source, shard, _ = group
        recorded: set[str] = set()
        shifts: Counter[str] = Counter()
        waiting, attempts = list(events), pauses()
        next(attempts)
        while waiting := [event for event in waiting if rules.digest(event.event_id) not in recorded]:
            recipients = ledger.recipients(account_id, source, (event.contact_id for event in waiting))
            plan = engagement.plan_writes(waiting, recipients, shifts)
            if not plan.rows:
                return
            try:
                refused = self._log.commit(account_id, list_id, source, shard, plan)
            except WriteContention:
                next(attempts)
                continue
            if refused is None:
                waiting = plan.deferred
            elif refused.repeated or refused.displaced:
                recorded |= refused.repeated
                shifts.update(refused.displaced)
            else:  # a recipient has changed since it was read
                next(attempts)

    def record_copy(self, event: Event, *, is_counted: bool) -> None:
        """Record the outcome of a copy of a transactional mail once; count a sent copy if `is_counted`.

        The counter is written first, and at most once in ten minutes, so that repeating an interrupted call completes both.
        """
        if event.type == EventType.SENT and is_counted:
            mail_days.count_sent(event.account_id, event.contact_id, event.at_ms)
        self._log.add(event.account_id, event)
        self._outbox.announce(event.account_id, events_of([event], are_outcomes=True))

    def record_batch(self, account_id: str, batch: EventBatch) -> None:
        """Record a batch, with one item per block of contacts, unless it was recorded before."""
        for part in _by_block(batch):
            self._log.add_batch(account_id, part)

    def record_batches(self, account_id: str, batches: Sequence[EventBatch]) -> None:
        """Record several batches together, with fewer calls; a repeated batch must have the same content."""
        self._log.put_batches(account_id, [part for batch in batches for part in _by_block(batch)])
        self._outbox.announce(account_id, [event for batch in batches for event in events_of_batch(batch)])

    def forget(self, account_id: str, list_id: int, contact_id: int) -> int:
        """Remove links, addresses, software and texts from a contact's rows; return the number of rows that had any."""
        return self._log.forget(account_id, list_id, contact_id)

    def forget_mailbox(self, account_id: str, mailbox: str) -> int:
        """Remove the same data from the rows of transactional mails to an address; return the number of rows that had any."""
        return self._log.forget_mailbox(account_id, mailbox)

    # Reading

    def day_counts(self, account_id: str, first_day: str, last_day: str) -> dict[str, Counter[str]]:
        """Return the counters of transactional mails by the day (ISO) of sending, without days that have no counters."""
        return mail_days.read(account_id, first_day, last_day)

    def of_contact(self, account_id: str, list_id: int, contact_id: int) -> list[LogRow]:
        """Return every row of a contact, oldest first."""
        return sorted(self._log.of_contact(account_id, list_id, contact_id), key=id_of)

    def first(self, account_id: str, list_id: int, query: LogQuery) -> LogRow | None:
        """Return a row of the log of a list that fulfils the query, or None."""
        return next(iter(self._log.read(account_id, ListLog(list_id), query, wanted=1)), None)

    def page(
        self, account_id: str, log: Log, query: LogQuery, *, page: int, per_page: int, cursor: str | None = None
    ) -> Page[LogRow]:
        """Return a page of a log.

        A cursor continues after its page; a number is then ignored. Raises Invalid for a cursor of another log or query.
        """
        question = f"{log}?{_text(query)}"
        if cursor is not None:
            is_backward, after = self._cursors.read(account_id, question, cursor)
            return self._window(account_id, log, query, question, int(after), per_page, backward=bool(is_backward))
        listing = f"{question}#{per_page}"
        start_page, marker = (1, None) if page == 1 else self._page_markers.nearest(account_id, listing, page)
        after = None if marker is None else int(marker[1])
        window = self._window(
            account_id, log, query, question, after, per_page, skip=(page - start_page) * per_page, started=page > 1
        )
        if window.next_cursor is not None:
            self._page_markers.add(account_id, listing, page + 1, (0, window.items[-1].id))
        return window

    def _window(
        self,
        account_id: str,
        log: Log,
        query: LogQuery,
        question: str,
        after: int | None,
        per_page: int,
        *,
        skip: int = 0,
        backward: bool = False,
        started: bool = True,
    ) -> Page[LogRow]:
        """Return `per_page` rows after the row `after` (`backward`: before it), and whether more rows follow."""
        directed = replace(query, descending=not query.descending) if backward else query
        end = skip + per_page + 1
        rows = list(islice(self._rows(account_id, log, directed, after, end), skip, end))
        has_more, rows = len(rows) > per_page, rows[:per_page]
        if backward:
            rows.reverse()
        has_previous, has_next = (has_more, True) if backward else (started, has_more)

        def cursor_at(row: LogRow, *, backward: bool) -> str:
            return self._cursors.write(account_id, question, [backward, row.id])

        return Page(
            items=rows,
            next_cursor=cursor_at(rows[-1], backward=False) if rows and has_next else None,
            previous_cursor=cursor_at(rows[0], backward=True) if rows and has_previous else None,
        )

    def rows(self, account_id: str, log: Log, query: LogQuery, wanted: int) -> Iterator[LogRow]:
        """Yield the rows of a log that fulfil the query, in order; the caller uses about `wanted`."""
        return self._rows(account_id, log, query, None, wanted)

    def newest(self, account_id: str, log: Log, query: LogQuery, wanted: int) -> Iterator[LogRow]:
        """Return up to `wanted` newest rows of a log that fulfil the query."""
        return islice(self._rows(account_id, log, query, None, wanted), wanted)

    def count(self, account_id: str, log: Log, query: LogQuery) -> int:
        """Return the number of rows that fulfil the query, from counters if possible, else by reading the rows.

        Raises Invalid if there are too many to read.
        """
        is_counted = not isinstance(log, MailboxLog)
        has_types_only = is_counted and replace(query, types=frozenset(), descending=True) == LogQuery()
        is_unique = source_with_marked_first_rows(log, query) is not None
        names = {**_COUNTERS, **UNIQUE_COUNTERS} if is_unique else _COUNTERS
        if (has_types_only or is_unique) and query.types and query.types <= names.keys():
            counts = self.counts(account_id, log)
            return sum(counts[name] for event_type in query.types for name in names[event_type])
        if query.uniques or query.grouped:
            return sum(1 for _ in bounded(self._rows(account_id, log, query, None, 1000), "with_count"))
        return sum(bounded(self._log.row_counts(account_id, log, query), "with_count"))

    def _counted(self, account_id: str, source: MailSource, rows: Iterator[LogRow]) -> Iterator[LogRow]:
        """Yield first rows with the number of rows in their group, from the engagements of the recipients."""
        for chunk in in_chunks(rows, BATCH_GET_KEYS):
            engagements = self.engagements(account_id, source, (row.contact_id for row in chunk))
            for row in chunk:
                engaged = engagements.get(row.contact_id, Engagement())
                sizes = {EventType.OPENED: engaged.opens, EventType.CLICKED: engaged.clicks}
                yield replace(row, occurrences=max(1, sizes.get(row.type, 1)))

    def counts(self, account_id: str, log: Log) -> Counter[str]:
        """Return the counters of a log: opens, unique_opens, bot_opens, clicks, …, all others named by EventType.

        The counters of a list are sums over the sources of mails to it, and include `sent`, the number of these mails.
        """
        return counters.read_totals(counters.counters_key(account_id, log))

    def counts_of_lists(self, account_id: str, list_ids: Collection[int]) -> dict[int, Counter[str]]:
        """Return the counters of each of these lists, as `counts` does, with one call for five lists."""
        keys = {list_id: counters.counters_key(account_id, ListLog(list_id)) for list_id in list_ids}
        totals = counters.read_totals_of_each(list(keys.values()))
        return {list_id: totals[key] for list_id, key in keys.items()}

    def link_counts(self, account_id: str, source: MailSource) -> dict[int, tuple[int, int]]:
        """Return total and unique clicks by link, without links that were never clicked."""
        counts = counters.read_link_totals(counters.counters_key(account_id, source))
        links = {int(name[1:]) for name in counts}
        return {link: (counts[f"t{link}"], counts[f"u{link}"]) for link in links}

    def link_counts_between(
        self, account_id: str, source: MailSource, start_time: int | None, end_time: int | None
    ) -> dict[int, tuple[int, int]]:
        """Count total and unique clicks by link between two moments (Unix seconds, inclusive) from the log.

        Raises Invalid if there are too many.
        """
        query = LogQuery(
            types=frozenset({EventType.CLICKED}),
            start_ms=None if start_time is None else start_time * 1000,
            end_ms=None if end_time is None else end_time * 1000 + 999,
        )
        clicks = bounded(self._log.read(account_id, source, query, wanted=1000), "start_time")
        _, links = engagement.recount(clicks)
        return {link: (counts["total"], counts["unique"]) for link, counts in links.items()}

    def hours(self, account_id: str, log: Log | AccountLog, first: int, last: int) -> calendar.HourCounts:
        """Return the counters by hour since 1970 and measure, from the first to the last hour.

        `log` is a source, a list or the whole account. The items of these days are read.
        """
        return period_counters.read_hours(counters.counters_key(account_id, log), first, last)

    def parts(self, account_id: str, source: MailSource, first: int, last: int) -> PartCounts:
        """Return the counters of a campaign by hour since 1970, variant, link and measure, from the first to the last hour.

        Opens and clicks of people and of machines are separate.
        """
        return period_counters.read_parts(counters.counters_key(account_id, source), first, last)

    def facets(self, account_id: str, source: MailSource) -> facets.FacetCounts:
        """Return the counters of a source by device, client and domain."""
        return period_counters.read_facets(counters.counters_key(account_id, source))

    def set_sent_count(
        self, account_id: str, list_id: int, source: MailSource, run_id: str, sent_by_hour: Mapping[int, int]
    ) -> None:
        """Set the mails of a run that are included in the counters; repeating it changes nothing.

        These are the counters of the list and the account, and of an action, which has many runs.
        """
        sent_counts.set_sent_count(account_id, list_id, source, run_id, sent_by_hour)

    def sent_hours(
        self, account_id: str, runs: Iterable[tuple[MailSource, str]]
    ) -> dict[tuple[MailSource, str], dict[int, int]]:
        """Return the number of mails of each run in the counters, by (source, run id) and hour."""
        return {run: sent_counts.read_sent_hours(account_id, *run) for run in runs}

    def sent_counts(self, account_id: str, runs: Iterable[tuple[MailSource, str]]) -> dict[tuple[MailSource, str], int]:
        """Return the number of mails of each run in the counters, by (source, run id)."""
        return {run: sum(hours.values()) for run, hours in self.sent_hours(account_id, runs).items()}

    def engagements_among(
        self, account_id: str, pairs: Iterable[tuple[MailSource, int]]
    ) -> dict[tuple[MailSource, int], Engagement]:
        """Return the engagements of these recipients by (source, contact id), with one call for 100."""
        return {pair: recipient.engagement for pair, recipient in ledger.recipients_among(account_id, pairs).items()}

    def engagements(self, account_id: str, source: MailSource, contact_ids: Iterable[int]) -> dict[int, Engagement]:
        """Return the engagements of these recipients with the mail of the source."""
        return {
            contact_id: recipient.engagement
            for contact_id, recipient in ledger.recipients(account_id, source, contact_ids).items()
        }

    def _rows(self, account_id: str, log: Log, query: LogQuery, after: int | None, wanted: int) -> Iterator[LogRow]:
        if not (query.uniques or query.grouped):
            return self._log.read(account_id, log, query, after=after, wanted=wanted)
        if source := source_with_marked_first_rows(log, query):
            rows = self._log.read(account_id, log, replace(query, uniques=False), after=after, wanted=wanted)
            return self._counted(account_id, source, (row for row in rows if row.nth == 1 and not row.is_bot))
        first_rows = grouped(self._log.read(account_id, log, replace(query, descending=False), wanted=1000), query)
        first_rows.sort(key=id_of, reverse=query.descending)
        return (row for row in first_rows if after is None or (row.id < after if query.descending else row.id > after))


def id_of(row: LogRow) -> int:
    return row.id


def _text(query: LogQuery) -> str:
    """Return a text that is equal for equal queries: sets have no order of their own."""
    values: Mapping[str, Any] = vars(query)
    return "&".join(
        f"{name}={sorted(value) if isinstance(value, frozenset) else value}" for name, value in sorted(values.items())
    )


def _by_block(batch: EventBatch) -> Iterator[EventBatch]:
    blocks: dict[int, list[int]] = defaultdict(list)
    for contact_id in batch.contact_ids:
        blocks[contact_id // rules.BLOCK_SIZE].append(contact_id)
    for block, contact_ids in blocks.items():
        yield replace(batch, event_id=f"{batch.event_id}#{block}", contact_ids=tuple(contact_ids))
