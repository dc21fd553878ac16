"""The log and its counters: recording events once, reading rows back."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from postrider.events import counters as tallies
from postrider.events import engagement, rules
from postrider.events import recipients as ledger
from postrider.events.engagement import ONCE
from postrider.events.model import BOUNCES, Engagement, Event, EventBatch, LogQuery, LogRow, LogType
from postrider.events.repository import Contended, LogRepository, Place, place_of
from postrider.kit.errors import Invalid
from postrider.kit.paging import Cursors, Page
from postrider.storage.dynamo import BATCH_GET_KEYS, Throttled, in_chunks, pauses
from postrider.storage.page_markers import PageMarkers

EVENTS_AT_ONCE = 30
"""Of one shard in one transaction: each may be a row, a recipient and an item of link counters, and 100 writes fit."""
MAX_ROWS_READ = 50_000
"""More rows than this are not grouped or counted for one answer; a narrower question is."""


_COUNTERS: Mapping[LogType, tuple[str, ...]] = {
    LogType.OPEN: ("opens", "bot_opens"),
    LogType.CLICKTHRU: ("clicks", "bot_clicks"),
    **{kind: (kind.value,) for kind in (*BOUNCES, LogType.SPAM, LogType.VIEW, LogType.FORWARD)},
}
"""Counters whose sum is the number of rows of a type. Types that a list logs on its own are not here."""

_UNIQUE_COUNTERS: Mapping[LogType, tuple[str, ...]] = {
    LogType.OPEN: ("unique_opens",),
    LogType.CLICKTHRU: ("unique_clicks",),
}

Group = tuple[str, int, int, int]
"""Account, list, campaign, shard: what one transaction can cover."""


class EventService:
    def __init__(self, log: LogRepository, cursors: Cursors, bookmarks: PageMarkers) -> None:
        self._log, self._cursors, self._bookmarks = log, cursors, bookmarks

    # Recording

    def record(self, events: Iterable[Event]) -> list[Event]:
        """Write each event once, whoever else records it too: its row, its recipient's flags and the counters together.

        Events of one campaign are written together; those that could not be written now, because of others or of the
        database, are returned and may be given again.
        """
        groups: dict[Group, list[Event]] = defaultdict(list)
        failed: list[Event] = []
        for event in events:
            if event.campaign_id is None:
                self._log.add(event.account_id, engagement.row_of(event, rules.digest(event.event_id)))
            else:
                shard = rules.shard_of(event.contact_id)
                groups[event.account_id, event.list_id, event.campaign_id, shard].append(event)
        for group, members in groups.items():
            for chunk in in_chunks(members, EVENTS_AT_ONCE):
                try:
                    self._record_together(group, chunk)
                except Throttled:
                    failed += chunk
        return failed

    def _record_together(self, group: Group, events: Sequence[Event]) -> None:
        account_id, list_id, campaign_id, shard = group
        recorded: set[str] = set()
        for _ in pauses():
            waiting = [event for event in events if rules.digest(event.event_id) not in recorded]
            recipients = ledger.recipients(campaign_id, (event.contact_id for event in waiting))
            plan = engagement.plan(waiting, recipients)
            if not plan.rows:
                return
            try:
                repeated = self._log.commit(account_id, list_id, campaign_id, shard, plan)
            except Contended:
                continue
            if repeated is None:
                return
            recorded |= repeated

    def record_batch(self, account_id: str, pack: EventBatch) -> None:
        """Rows of one type and moment for many contacts, an item for each block of theirs; once for each event id."""
        for part in _by_block(pack):
            self._log.add_pack(account_id, part)

    def record_packs(self, account_id: str, packs: Sequence[EventBatch]) -> None:
        """Packs that are the same whoever makes them, so that writing them in batches and again does no harm."""
        self._log.write_packs(account_id, [part for pack in packs for part in _by_block(pack)])

    def forget(self, account_id: str, list_id: int, contact_id: int) -> int:
        """Take addresses, software and texts out of a contact's rows, e.g. when the person asks to be forgotten."""
        return self._log.forget(account_id, list_id, contact_id)

    # Reading

    def of_contact(self, account_id: str, list_id: int, contact_id: int) -> list[LogRow]:
        """All that the log holds of one contact of a list, oldest first."""
        return sorted(self._log.of_contact(account_id, list_id, contact_id), key=place_of)

    def page(
        self, account_id: str, source: str, query: LogQuery, *, page: int, per_page: int, cursor: str | None = None
    ) -> Page[LogRow]:
        """A page of the log of `source`, which is campaign#<id> or list#<id>; a list's holds that of its campaigns.

        A cursor goes on where its page ended. Raises Invalid for any other cursor.
        """
        question = f"{source}?{_text(query)}"
        if cursor is not None:
            if page != 1:
                raise Invalid("page and cursor exclude each other.", code="page_and_cursor", field="cursor")
            back, place = _position(self._cursors.read(account_id, question, cursor))
            return self._window(account_id, source, query, question, place, per_page, back=back)
        listing = f"{question}#{per_page}"
        number, mark = (1, None) if page == 1 else self._bookmarks.nearest(account_id, listing, page)
        after = None if mark is None else (mark[0], str(mark[1]))
        window = self._window(
            account_id, source, query, question, after, per_page, skip=(page - number) * per_page, started=page > 1
        )
        if window.next_cursor is not None:
            self._bookmarks.leave(account_id, listing, page + 1, place_of(window.items[-1]))
        return window

    def _window(
        self,
        account_id: str,
        source: str,
        query: LogQuery,
        question: str,
        after: Place | None,
        per_page: int,
        *,
        skip: int = 0,
        back: bool = False,
        started: bool = True,
    ) -> Page[LogRow]:
        """`per_page` rows from behind `after` (`back`: from before it), with one more read to know whether it ends."""
        asked = replace(query, descending=not query.descending) if back else query
        rows = self._rows(account_id, source, asked, after, skip + per_page + 1)
        found = list(islice(rows, skip, skip + per_page + 1))
        more, found = len(found) > per_page, found[:per_page]
        if back:
            found.reverse()
        first, last = (more, True) if back else (started, more)

        def seal(backwards: bool, row: LogRow) -> str:
            return self._cursors.write(account_id, question, [backwards, *place_of(row)])

        return Page(
            items=found,
            next_cursor=seal(False, found[-1]) if found and last else None,
            previous_cursor=seal(True, found[0]) if found and first else None,
        )

    def count(self, account_id: str, source: str, query: LogQuery) -> int:
        """How many rows answer the question, from counters where they say it, else by reading; Invalid past the limit."""
        noun, _, number = source.partition("#")
        plain = replace(query, types=frozenset(), descending=True) == LogQuery()
        unique = noun == "campaign" and _first_rows_are_marked(query)
        counters = {**_COUNTERS, **_UNIQUE_COUNTERS} if unique else _COUNTERS
        if (plain or unique) and query.types and query.types <= counters.keys():
            read = self.campaign_counts if noun == "campaign" else self.list_counts
            counts = read(account_id, int(number))
            return sum(counts[name] for kind in query.types for name in counters[kind])
        return sum(1 for _ in _bounded(self._rows(account_id, source, query, None, 1000), "with_count"))

    def _counted(self, campaign_id: int, rows: Iterator[LogRow]) -> Iterator[LogRow]:
        """First rows with the number of rows they stand for, as the recipients' own counters have it."""
        for chunk in in_chunks(rows, BATCH_GET_KEYS):
            known = self.engagements(campaign_id, (row.contact_id for row in chunk))
            for row in chunk:
                did = known.get(row.contact_id, Engagement())
                sizes = {LogType.OPEN: did.opens, LogType.CLICKTHRU: did.clicks}
                yield replace(row, occurrences=max(1, sizes.get(row.type, 1)))

    def campaign_counts(self, account_id: str, campaign_id: int) -> Counter[str]:
        """The campaign's counters: opens, unique_opens, bot_opens, clicks, ..., and one by type for other rows."""
        return tallies.read(tallies.campaign_key(account_id, campaign_id), "counts#")

    def list_counts(self, account_id: str, list_id: int) -> Counter[str]:
        """The same, summed over all campaigns of the list."""
        return tallies.read(tallies.list_key(account_id, list_id), "counts#")

    def link_counts(self, account_id: str, campaign_id: int) -> dict[int, tuple[int, int]]:
        """Clicks in all and contacts who clicked, by link; links nobody clicked are not there."""
        counts = tallies.read(tallies.campaign_key(account_id, campaign_id), "links#")
        links = {int(name[1:]) for name in counts}
        return {link: (counts[f"t{link}"], counts[f"u{link}"]) for link in links}

    def link_counts_between(
        self, account_id: str, campaign_id: int, start_time: int | None, end_time: int | None
    ) -> dict[int, tuple[int, int]]:
        """The same for clicks between two moments (Unix seconds, inclusive), counted from the log.

        Raises Invalid when there are too many.
        """
        query = LogQuery(
            types=frozenset({LogType.CLICKTHRU}),
            start_ms=None if start_time is None else start_time * 1000,
            end_ms=None if end_time is None else end_time * 1000 + 999,
        )
        clicks = _bounded(self._log.of_campaign(account_id, campaign_id, query, wanted=1000), "start_time")
        _, links = engagement.recount(clicks)
        return {link: (counts["total"], counts["unique"]) for link, counts in links.items()}

    def settle_sent(self, account_id: str, list_id: int, campaign_id: int, sent: int) -> None:
        """Let the list's counters hold this many mails of the campaign as sent; again with the same number is nothing."""
        tallies.settle(account_id, list_id, campaign_id, sent)

    def engagements(self, campaign_id: int, contact_ids: Iterable[int]) -> dict[int, Engagement]:
        """What these recipients did with the campaign's mail."""
        return {
            contact_id: recipient.engagement
            for contact_id, recipient in ledger.recipients(campaign_id, contact_ids).items()
        }

    def _rows(
        self, account_id: str, source: str, query: LogQuery, after: Place | None, wanted: int
    ) -> Iterator[LogRow]:
        noun, _, number = source.partition("#")
        read = self._log.of_campaign if noun == "campaign" else self._log.of_list
        if not (query.uniques or query.grouped):
            return read(account_id, int(number), query, after=after, wanted=wanted)
        if noun == "campaign" and _first_rows_are_marked(query):
            each = read(account_id, int(number), replace(query, uniques=False), after=after, wanted=wanted)
            return self._counted(int(number), (row for row in each if row.nth == 1 and not row.is_bot))
        everything = replace(query, descending=False)
        rows = read(account_id, int(number), everything, wanted=1000)
        grouped = _grouped(rows, query)
        grouped.sort(key=place_of, reverse=query.descending)
        return (
            row
            for row in grouped
            if after is None or (place_of(row) < after if query.descending else place_of(row) > after)
        )


def _first_rows_are_marked(query: LogQuery) -> bool:
    """Whether the unique rows can be told one by one: those of the whole log, of types that number their rows."""
    whole = replace(query, types=frozenset(), descending=True) == LogQuery(uniques=True)
    return whole and bool(query.types) and query.types <= ONCE | _UNIQUE_COUNTERS.keys()


def _bounded(rows: Iterable[LogRow], parameter: str) -> Iterator[LogRow]:
    """Raises Invalid, pointing at the parameter, when there are more rows than one answer may read."""
    for number, row in enumerate(rows):
        if number >= MAX_ROWS_READ:
            raise Invalid(
                f"More than {MAX_ROWS_READ} rows to read: ask for a type or for a shorter time.",
                code="too_many_rows",
                field=parameter,
            )
        yield row


def _grouped(rows: Iterable[LogRow], query: LogQuery) -> list[LogRow]:
    """The first row of each group, and the size of the group; machines are no unique people. Raises Invalid."""
    firsts: dict[Any, LogRow] = {}
    sizes: Counter[Any] = Counter()
    key: Callable[[LogRow], Any] = (
        (lambda row: row.contact_id) if query.grouped else (lambda row: (row.contact_id, row.type))
    )
    for row in _bounded(rows, "filter"):
        if query.uniques and row.is_bot:
            continue
        firsts.setdefault(key(row), row)
        sizes[key(row)] += 1
    return [replace(row, occurrences=sizes[group]) for group, row in firsts.items()]


def _position(sealed: Any) -> tuple[bool, Place]:
    back, log_id, mark = sealed
    return bool(back), (int(log_id), str(mark))


def _text(query: LogQuery) -> str:
    """Equal for equal questions: sets have no order of their own."""
    values: Mapping[str, Any] = vars(query)
    return "&".join(
        f"{name}={sorted(value) if isinstance(value, frozenset) else value}" for name, value in sorted(values.items())
    )


def _by_block(pack: EventBatch) -> Iterator[EventBatch]:
    blocks: dict[int, list[int]] = defaultdict(list)
    for contact_id in pack.contact_ids:
        blocks[contact_id // rules.BLOCK_SIZE].append(contact_id)
    for block, members in blocks.items():
        yield replace(pack, event_id=f"{pack.event_id}#{block}", contact_ids=tuple(members))
