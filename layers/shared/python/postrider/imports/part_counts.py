"""Count the rows of a part of an import by outcome."""

from collections.abc import Sequence
from typing import Any

from postrider.contacts.bulk_rows import WriteCounts
from postrider.contacts.model import Status
from postrider.imports.reports import PartReport

SAMPLE_ROWS = 20
"""Number of rows in the result of a dry run."""


class PartCounts:
    """The numbers of rows of a part, its reports, and its first rows. `skipped` counts rows that the options exclude."""

    def __init__(self) -> None:
        self.rows = self.created = self.updated = self.deleted = self.duplicates = self.skipped = 0
        self.report = PartReport()
        self.shown: list[dict[str, str]] = []

    def add(self, written: WriteCounts) -> None:
        self.created += written.created
        self.updated += written.updated
        self.deleted += written.deleted
        self.duplicates += written.duplicates

    def expect(self, target: Status, addresses: int, known: int) -> None:
        """Count the changes that writing these addresses would cause; `known` are addresses of the list."""
        if target == Status.DELETED:
            self.deleted += known
        else:
            self.created += addresses - known
            self.updated += known

    def show(self, columns: Sequence[str | None], cells: Sequence[str]) -> None:
        """Keep the cells of a row for the result of a dry run, which has the first rows."""
        if len(self.shown) < SAMPLE_ROWS:
            named = zip(columns, cells, strict=False)
            self.shown.append({name.removeprefix("@"): cell for name, cell in named if name})

    def outcome(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "deleted": self.deleted,
            "duplicates": self.duplicates,
            **({"skipped": self.skipped} if self.skipped else {}),
            **self.report.counts,
            **({"shown": self.shown} if self.shown else {}),
        }
