"""Compare the figures of docs/benchmarks.md with those of the platform when it had its first 93 operations."""

from collections.abc import Sequence

from infra.bench.tables import Table
from infra.bill import measured

BEFORE = "2026-11-26, 93 operations"
COSTS, PAGE, IMPORT = "calls / write units / read units", "requests / read units", "beside the second row of the floor"
IMPORTS, CAMPAIGNS = "Imports, per 1,000 rows", "Campaigns, per 1,000 recipients"
CONTACTS, NOUNS = "Pages of 100 contacts", "Pages of 50 lists and of 50 campaigns"
EVENTS, TIMES = (
    "What recipients do, per event",
    ("Import of a handler, with the slowest module of an area: median CPU time of 5 fresh processes"),
)
Row = tuple[str, tuple[float, ...], str, Sequence[str]]
ROWS: dict[str, tuple[Row, ...]] = {
    COSTS: (
        ("1,000 new rows by JSON", (117, 2016, 2008), IMPORTS, ("1,000", "new rows, JSON")),
        ("the same rows again", (31, 2, 2006), IMPORTS, ("1,000", "the same rows again")),
        ("1,000 new rows, CSV file", (138, 2026, 2017), IMPORTS, ("1,000", "new rows, CSV")),
        ("a campaign of 1,000, whole", (191, 2113, 253), CAMPAIGNS, ("1,000", "**all**")),
        ("1,000 recipients of 10,000", (139, 2076, 172), CAMPAIGNS, ("10,000", "**all**")),
        ("an open: the pixel's answer", (1, 0, 0), EVENTS, ("open: the pixel",)),
        ("an open: recorded", (0.17, 5.16, 1), EVENTS, ("open: recorded",)),
        ("a click: the redirect", (2, 0, 0.5), EVENTS, ("click: the redirect",)),
        ("a click: recorded", (0.17, 5.24, 1), EVENTS, ("click: recorded",)),
        ("a hard bounce", (2.19, 11.16, 2.51), EVENTS, ("hard bounce",)),
    ),
    PAGE: (
        ("100 contacts of 10,000", (5, 10), CONTACTS, ("10,000", "the first")),
        ("with their count", (6, 11), CONTACTS, ("10,000", "with_count")),
        ("in the middle, by its number", (8, 11.5), CONTACTS, ("10,000", "in the middle")),
        ("by email address", (21, 120), CONTACTS, ("10,000", "by email")),
        ("of a status that nobody has", (12, 8), CONTACTS, ("10,000", "filter=status")),
        ("of a segment with 2 %", (13, 324), CONTACTS, ("10,000", "of a segment")),
        ("of a segment, with its count", (24, 854), CONTACTS, ("10,000", "the same with_count")),
        ("50 lists", (51, 53), NOUNS, ("GET /lists",)),
        ("50 campaigns", (51, 59), NOUNS, ("GET /campaigns",)),
    ),
    IMPORT: (
        ("import of a function with contacts", (1.89,), TIMES, ("`functions.api.audience",)),
        ("of a function with campaigns", (1.43,), TIMES, ("`functions.api.campaigns",)),
        ("of the function of tokens", (1.52,), TIMES, ("`functions.api.tokens",)),
        ("of the function of pixel and click", (1.92,), TIMES, ("`functions.tracking",)),
        ("of the function of pages", (1.92,), TIMES, ("`functions.pages",)),
    ),
}
"""By the figures of a row: its name, the figures of then, and the table and the beginnings of the cells that have today's."""


def comparison() -> Table:
    """Return the figures of then and of today in one table."""
    table = Table("Before and after", ["work", "figures", BEFORE, "today"])
    for figures, rows in ROWS.items():
        for work, before, title, begins in rows:
            table.add(work, figures, _joined(before), _joined(measured(title, *begins)[-len(before) :]))
    return table


def _joined(figures: Sequence[float]) -> str:
    return " / ".join(f"{figure:,.0f}" if figure == int(figure) else f"{figure:,}" for figure in figures)
