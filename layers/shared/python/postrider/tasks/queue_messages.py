"""Messages of the task runner."""

from typing import Literal

from pydantic import BaseModel

RUN_TASKS = "run-tasks"
"""The queue."""


class RunTaskPart(BaseModel):
    """A request to run a part of a task; the task has the details."""

    kind: Literal["run_task_part"] = "run_task_part"
    account_id: str
    task_id: str
    part: str
