"""What the task runner enqueues."""

from pydantic import BaseModel

RUN_TASKS = "run-tasks"
"""The queue."""


class RunTaskPart(BaseModel):
    """Ids only: what to do is in the task."""

    account_id: str
    task_id: str
    part: str
