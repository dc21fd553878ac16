"""Render the members that all imports of files have in common."""

from typing import Any

from postrider.imports.file_imports import is_dry_run
from postrider.kit.clock import unix
from postrider.tasks.model import ERROR, READY, Task

_COUNTS = ("rows", "unchanged", "duplicates", "refused")


def members_of_import(task: Task) -> dict[str, Any]:
    """Return state, moments, counts and first rows of an import. A problem of the whole file is shown as an error."""
    problem = task.result.get("problem") or task.result.get("reason")
    return {
        "id": task.id,
        "status": ERROR if problem and task.status == READY else task.status,
        "progress": task.progress,
        "created_on": unix(task.created_at),
        "expires_on": unix(task.expires_at),
        **{name: task.result.get(name, 0) for name in _COUNTS},
        "dry_run": is_dry_run(task),
        "first_rows": task.result.get("shown", []),
        "problem": problem,
    }
