"""Group rows of the log by contact and type, and limit the rows that one answer reads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from postrider.kit.errors import Invalid
from postrider.mail_events.engagement import ONCE
from postrider.mail_events.model import NOT_DELIVERED, EventType, Log, LogQuery, LogRow
from postrider.mail_events.source import MailSource, SourceKind

MAX_ROWS_READ = 50_000
"""Maximum number of rows that one answer reads to group or count them; a query that needs more is refused."""

UNIQUE_COUNTERS: Mapping[EventType, tuple[str, ...]] = {
    EventType.OPENED: ("unique_opens",),
    EventType.CLICKED: ("unique_clicks",),
}
"""The counters of first opens and first clicks of recipients."""

ReadT = TypeVar("ReadT")


def source_with_marked_first_rows(log: Log, query: LogQuery) -> MailSource | None:
    """Return the source of a log whose unique rows are known without grouping, or None.

    They are known for the whole log, and for types with numbered rows. An action numbers the rows of each entry.
    """
    if not isinstance(log, MailSource) or log.kind == SourceKind.WORKFLOW_ACTION:
        return None
    is_whole_log = replace(query, types=frozenset(), descending=True) == LogQuery(uniques=True)
    is_known = is_whole_log and bool(query.types) and query.types <= ONCE | UNIQUE_COUNTERS.keys()
    return log if is_known else None


def bounded(read: Iterable[ReadT], parameter: str) -> Iterator[ReadT]:
    """Yield the rows. Raises Invalid, naming the parameter, for more rows than one answer may read."""
    for count, row in enumerate(read):
        if count >= MAX_ROWS_READ:
            raise Invalid(
                f"The answer needs more than {MAX_ROWS_READ} rows of the log: ask for one type or a shorter time.",
                code="too_many_rows",
                field=parameter,
            )
        yield row


def grouped(rows: Iterable[LogRow], query: LogQuery) -> list[LogRow]:
    """Return the first row of each group with the size of the group, without rows of machines. Raises Invalid."""
    firsts: dict[Any, LogRow] = {}
    sizes: Counter[Any] = Counter()

    def key(row: LogRow) -> Any:
        if query.grouped:
            return row.contact_id
        return row.contact_id, NOT_DELIVERED if row.type in NOT_DELIVERED else row.type

    for row in bounded(rows, "filter"):
        if row.is_bot:
            continue
        firsts.setdefault(key(row), row)
        sizes[key(row)] += 1
    return [replace(row, occurrences=sizes[group]) for group, row in firsts.items()]
