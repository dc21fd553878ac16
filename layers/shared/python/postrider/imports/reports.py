"""The reports of an import of a file: its refused rows, which can be imported again, and its warnings."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import orjson

from postrider.imports.columns import REFUSED_CODE, REFUSED_REASON, REFUSED_ROW
from postrider.imports.model import InvalidRow
from postrider.kit.csv_cells import rows_as_csv
from postrider.ports.object_store import ObjectStore
from postrider.tasks.model import Task

REFUSED, WARNINGS = "refused", "warnings"
"""The kinds of reports. The outcomes of parts and tasks count rows by these names."""
MAX_ROWS_PER_PART = 1000
MAX_PARTS = 100
"""Maximum number of rows of a report is 100,000; the task has the full number."""
CSV_TYPE = "text/csv; charset=utf-8"


class PartReport:
    """The reports of a part: all rows are counted, the first rows of each report are stored."""

    def __init__(self) -> None:
        self.counts = {REFUSED: 0, WARNINGS: 0}
        self.kept: dict[str, list[list[Any]]] = {REFUSED: [], WARNINGS: []}

    def add(self, report: str, row: InvalidRow) -> None:
        self.counts[report] += 1
        if len(self.kept[report]) < MAX_ROWS_PER_PART:
            self.kept[report].append([row.number, row.code, row.reason, row.email, *row.cells])


class ImportReports:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def write_part(self, task: Task, part: str, report: PartReport) -> None:
        """Store the rows of a part."""
        if any(report.kept.values()):
            self._objects.put(_part_key(task, part), orjson.dumps(report.kept))

    def join(self, task: Task, parts: Mapping[str, Mapping[str, Any]]) -> None:
        """Join the rows of the parts, in order, to one file per report with rows."""
        rows_before = accumulate((outcome["rows"] for outcome in parts.values()), initial=0)
        first_row = dict(zip(parts, rows_before, strict=False))
        for report in (REFUSED, WARNINGS):
            with_rows = [part for part, outcome in parts.items() if outcome.get(report)]
            if not with_rows:
                continue
            pieces = [self._write_piece(task, part, report, first_row[part]) for part in with_rows[:MAX_PARTS]]
            header = rows_as_csv([_header(task, report)])
            self._objects.join(_report_key(task, report), header, pieces, content_type=CSV_TYPE)

    def url(self, task: Task, report: str) -> str | None:
        """Return a URL of a report, or None if it has no rows."""
        if not task.result.get(report):
            return None
        return self._objects.signed_download(_report_key(task, report), f"{report}.csv")

    def forget(self, task: Task) -> None:
        """Delete the reports."""
        for report in (REFUSED, WARNINGS):
            self._objects.delete(_report_key(task, report))

    def drop_parts(self, task: Task, parts: Iterable[str]) -> None:
        """Delete the rows of these parts."""
        for part in parts:
            self._objects.delete(_part_key(task, part))
            for report in (REFUSED, WARNINGS):
                self._objects.delete(_piece_key(task, part, report))

    def _write_piece(self, task: Task, part: str, report: str, first_row: int) -> str:
        kept = orjson.loads(self._objects.get(_part_key(task, part)))[report]
        key = _piece_key(task, part, report)
        rows = (_row(report, first_row, row) for row in kept)
        self._objects.put(key, rows_as_csv(rows), content_type=CSV_TYPE)
        return key


def parts_with_rows(outcomes: Mapping[str, Mapping[str, Any]]) -> Collection[str]:
    """Return the parts that have stored rows of a report."""
    return [part for part, outcome in outcomes.items() if outcome.get(REFUSED) or outcome.get(WARNINGS)]


def _header(task: Task, report: str) -> list[str]:
    names = [REFUSED_ROW, REFUSED_CODE, REFUSED_REASON]
    return [*names, *task.payload["header"]] if report == REFUSED else ["row", "code", "reason", "email"]


def _row(report: str, first_row: int, row: Sequence[Any]) -> list[Any]:
    number, code, reason, email, *cells = row
    return [first_row + number, code, reason, *(cells if report == REFUSED else [email])]


def _part_key(task: Task, part: str) -> str:
    return f"imports/{task.account_id}/{task.id}/report-{part}"


def _piece_key(task: Task, part: str, report: str) -> str:
    return f"{_part_key(task, part)}-{report}.csv"


def _report_key(task: Task, report: str) -> str:
    return f"imports/{task.account_id}/{task.id}/{report}.csv"
