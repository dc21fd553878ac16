"""Messages of the task runner."""

from typing import Literal

from pydantic import BaseModel

RUN_TASKS = "run-tasks"
"""The queue."""


class RunTaskPart(BaseModel):
    """A part of a task that is to be done; the task itself says how."""

    kind: Literal["run_task_part"] = "run_task_part"
    account_id: str
    task_id: str
    part: str
