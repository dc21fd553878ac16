"""The log and its counters: recording events once, reading rows back."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from postrider.activity import engagement, ledger, rules, tallies
from postrider.activity.model import Engagement, Event, LogQuery, LogRow, LogType
from postrider.activity.repository import Contended, LogRepository, Place, place_of
from postrider.kit.dynamo import Throttled, in_chunks, pauses
from postrider.kit.errors import Invalid
from postrider.kit.paging import Cursors, Page

EVENTS_AT_ONCE = 30
"""Of one shard in one transaction: each may be a row, a recipient and an item of link counters, and 100 writes fit."""
MAX_GROUPED_ROWS = 50_000
"""More rows than this are not grouped for one answer; a narrower question is."""

Group = tuple[str, int, int, int]
"""Account, list, campaign, shard: what one transaction can cover."""


class ActivityService:
    def __init__(self, log: LogRepository, cursors: Cursors) -> None:
        self._log, self._cursors = log, cursors

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

    def record_pack(
        self,
        account_id: str,
        *,
        event_id: str,
        kind: LogType,
        at_ms: int,
        contact_ids: Sequence[int],
        list_id: int,
        campaign_id: int | None = None,
        detail: str | None = None,
    ) -> None:
        """Rows of one type and moment for many contacts, an item for each block of theirs; once for each `event_id`."""
        blocks: dict[int, list[int]] = defaultdict(list)
        for contact_id in contact_ids:
            blocks[contact_id // rules.BLOCK_SIZE].append(contact_id)
        for block, members in blocks.items():
            self._log.add_pack(
                account_id,
                event_id=f"{event_id}#{block}",
                kind=kind,
                at_ms=at_ms,
                contact_ids=members,
                list_id=list_id,
                campaign_id=campaign_id,
                detail=detail,
            )

    # Reading

    def campaign_page(
        self, account_id: str, campaign_id: int, query: LogQuery, *, page: int, per_page: int, cursor: str | None = None
    ) -> Page[LogRow]:
        """A page of a campaign's log; a cursor goes on where its page ended. Raises Invalid for any other cursor."""
        return self._page(account_id, f"campaign#{campaign_id}", query, page, per_page, cursor)

    def list_page(
        self, account_id: str, list_id: int, query: LogQuery, *, page: int, per_page: int, cursor: str | None = None
    ) -> Page[LogRow]:
        """A page of the log of a list and of its campaigns."""
        return self._page(account_id, f"list#{list_id}", query, page, per_page, cursor)

    def count(self, account_id: str, source: str, query: LogQuery) -> int:
        """How many rows answer the question, by reading them; `source` is campaign#<id> or list#<id>."""
        return sum(1 for _ in self._rows(account_id, source, query, None, 1000))

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

    def settle_sent(self, account_id: str, list_id: int, campaign_id: int, sent: int) -> None:
        """Let the list's counters hold this many mails of the campaign as sent; again with the same number is nothing."""
        tallies.settle(account_id, list_id, campaign_id, sent)

    def engagements(self, campaign_id: int, contact_ids: Iterable[int]) -> dict[int, Engagement]:
        """What these recipients did with the campaign's mail."""
        return {
            contact_id: recipient.engagement
            for contact_id, recipient in ledger.recipients(campaign_id, contact_ids).items()
        }

    def _page(
        self, account_id: str, source: str, query: LogQuery, page: int, per_page: int, cursor: str | None
    ) -> Page[LogRow]:
        question = f"{source}?{_text(query)}"
        if cursor is not None and page != 1:
            raise Invalid("page and cursor exclude each other.", code="page_and_cursor", loc=("query", "cursor"))
        going_back, after = False, None
        if cursor is not None:
            going_back, after = _position(self._cursors.read(account_id, question, cursor))
        asked = replace(query, descending=not query.descending) if going_back else query
        skip = (page - 1) * per_page
        rows = self._rows(account_id, source, asked, after, skip + per_page + 1)
        found = list(islice(rows, skip, skip + per_page + 1))
        more, found = len(found) > per_page, found[:per_page]
        if going_back:
            found.reverse()
        more_before = more if going_back else after is not None or page > 1
        more_behind = True if going_back else more

        def seal(back: bool, row: LogRow) -> str:
            return self._cursors.write(account_id, question, [back, *place_of(row)])

        return Page(
            items=found,
            next_cursor=seal(False, found[-1]) if found and more_behind else None,
            previous_cursor=seal(True, found[0]) if found and more_before else None,
        )

    def _rows(
        self, account_id: str, source: str, query: LogQuery, after: Place | None, wanted: int
    ) -> Iterator[LogRow]:
        noun, _, number = source.partition("#")
        read = self._log.of_campaign if noun == "campaign" else self._log.of_list
        if not (query.uniques or query.grouped):
            return read(account_id, int(number), query, after=after, wanted=wanted)
        everything = replace(query, descending=False)
        rows = read(account_id, int(number), everything, wanted=MAX_GROUPED_ROWS)
        grouped = _grouped(rows, query)
        grouped.sort(key=place_of, reverse=query.descending)
        return (
            row
            for row in grouped
            if after is None or (place_of(row) < after if query.descending else place_of(row) > after)
        )


def _grouped(rows: Iterable[LogRow], query: LogQuery) -> list[LogRow]:
    """The first row of each group, and the size of the group; machines are no unique people. Raises Invalid."""
    firsts: dict[Any, LogRow] = {}
    sizes: Counter[Any] = Counter()
    key: Callable[[LogRow], Any] = (
        (lambda row: row.contact_id) if query.grouped else (lambda row: (row.contact_id, row.type))
    )
    for number, row in enumerate(rows):
        if number >= MAX_GROUPED_ROWS:
            raise Invalid(
                f"More than {MAX_GROUPED_ROWS} rows to group: ask for a type or for a shorter time.",
                code="too_many_rows",
                loc=("query", "filter"),
            )
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
