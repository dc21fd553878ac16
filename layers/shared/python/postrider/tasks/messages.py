"""Messages of the task runner."""

from pydantic import BaseModel

RUN_TASKS = "run-tasks"
"""The queue."""


class RunTaskPart(BaseModel):
    """A request to run a part of a task; the task has the details."""

    account_id: str
    task_id: str
    part: str
