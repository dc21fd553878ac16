"""Translate tasks to the main API."""

from collections.abc import Mapping
from typing import Any

from postrider.tasks.model import Task, TaskType

TASK_TYPES: Mapping[str, TaskType] = {
    "contactsexport": TaskType.CONTACTS_EXPORT,
    "campaignlogexport": TaskType.CAMPAIGN_LOG_EXPORT,
    "contactsimport": TaskType.CONTACTS_IMPORT_ROWS,
    "contactsfileimport": TaskType.CONTACTS_IMPORT,
    "contactsfilefetch": TaskType.CONTACTS_IMPORT_FETCH,
    "suppressionsfileimport": TaskType.SUPPRESSIONS_IMPORT,
    "contactschange": TaskType.CONTACTS_CHANGE,
    "workflowstart": TaskType.WORKFLOW_START,
}
"""The types of tasks that this API lists."""

_WORD_OF = {task_type: word for word, task_type in TASK_TYPES.items()}


def task_word_of(task_type: TaskType) -> str | None:
    """Return this API's word for a type of task; None if it does not list such tasks."""
    return _WORD_OF.get(task_type)


def is_listed(task: Task) -> bool:
    """Return whether this API lists the task: a user requested it."""
    return bool(task.requested_by) and task_word_of(task.type) is not None


OPTIONS = frozenset(
    {
        "list_id",
        "segment_id",
        "campaign_id",
        "filter",
        "query",
        "fiql",
        "json",
        "url",
        "rows",
        "import_to",
        "workflow_id",
    }
)
"""The members of a payload that are shown; the others have an internal form."""


def options_of(task: Task) -> dict[str, Any]:
    """Return the options of a task as the caller sent them."""
    return {name: value for name, value in task.payload.items() if name in OPTIONS}
