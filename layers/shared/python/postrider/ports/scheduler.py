"""Define the port that schedules messages."""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel


class SchedulerRefused(Exception):
    """The message was not scheduled: the moment has passed, a quota is used up, or the scheduler cannot be reached."""


class Scheduler(Protocol):
    """A scheduler that enqueues messages at least once, up to a minute late. Consumers check whether they are still valid."""

    def put(self, name: str, moment: datetime, queue: str, message: BaseModel) -> None:
        """Schedule a message, or move the schedule with this name ([0-9a-zA-Z-_.]{1,64}), for the queue `queue`.

        Raises SchedulerRefused.
        """
        ...

    def remove(self, name: str) -> None:
        """Delete the schedule if it exists."""
        ...
