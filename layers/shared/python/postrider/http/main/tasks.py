"""Tasks in the words of the main API."""

from collections.abc import Mapping
from typing import Any

from postrider.tasks.model import Task, TaskType

TASK_TYPES: Mapping[str, TaskType] = {
    "contactsexport": TaskType.CONTACTS_EXPORT,
    "campaignlogexport": TaskType.CAMPAIGN_LOG_EXPORT,
}
"""The types of task that this API lists; other work is shown by the resource that started it."""

_WORD_OF = {task_type: word for word, task_type in TASK_TYPES.items()}


def task_word_of(task_type: TaskType) -> str | None:
    """Return this API's word for a type of task; None if it does not list such tasks."""
    return _WORD_OF.get(task_type)


COMPILED = frozenset({"terms", "tree"})
"""Members of a payload that hold expressions in the form in which they are stored, beside the expressions themselves."""


def options_of(task: Task) -> dict[str, Any]:
    """Return the options that a task was started with, as the caller sent them."""
    return {name: value for name, value in task.payload.items() if name not in COMPILED}
