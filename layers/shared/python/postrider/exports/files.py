"""Store files of exports: a piece for each part of the task; the pieces are joined at the end, and deleted with the task."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from postrider.kit.clock import Clock
from postrider.kit.csv_cells import rows_as_csv
from postrider.kit.errors import Invalid
from postrider.ports.object_store import SIGNED_URL_LIFE_S, ObjectStore
from postrider.tasks.model import DELETED, ERROR, READY, Task

_CSV = "text/csv; charset=utf-8"


class ExportFiles:
    def __init__(self, objects: ObjectStore, now: Clock) -> None:
        self._objects, self._now = objects, now

    def write_piece(self, task: Task, part: str, rows: Sequence[Iterable[object]]) -> dict[str, Any]:
        """Write the rows of a part; return the outcome of the part."""
        if rows:
            self._objects.put(_key(task, part), rows_as_csv(rows), content_type=_CSV)
        return {"rows": len(rows)}

    def join(self, task: Task, columns: Iterable[str], outcomes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Join the pieces to one file, in order of the parts' names; return the result of the task."""
        pieces = _pieces(task, outcomes)
        self._objects.join(_key(task), rows_as_csv([columns]), pieces, content_type=_CSV)
        return {"rows": sum(outcome["rows"] for outcome in outcomes.values())}

    def drop_pieces(self, task: Task, outcomes: Mapping[str, Mapping[str, Any]]) -> None:
        """Delete the pieces after they were joined."""
        for key in _pieces(task, outcomes):
            self._objects.delete(key)

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Delete the file and the pieces of these parts."""
        for key in (_key(task), *(_key(task, part) for part in parts)):
            self._objects.delete(key)

    def download_url(self, task: Task, filename: str) -> tuple[str, datetime]:
        """Return a URL of the file, and its expiry. Raises Invalid if the file does not exist yet, or no longer."""
        if task.status != READY or task.expires_at <= self._now():
            states = {DELETED: "deleted", READY: "expired", ERROR: "failed"}
            state = states.get(task.status, "not ready")
            raise Invalid(f"The export is {state}.", code="export_not_available")
        url = self._objects.signed_download(_key(task), filename)
        return url, self._now() + timedelta(seconds=SIGNED_URL_LIFE_S)


def _pieces(task: Task, outcomes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the keys of the pieces; a part without rows has none, and the outcome of a task's only part may be unknown."""
    return [_key(task, part) for part, outcome in sorted(outcomes.items()) if outcome.get("rows") != 0]


def _key(task: Task, part: str = "export") -> str:
    return f"exports/{task.account_id}/{task.id}/{part}.csv"
