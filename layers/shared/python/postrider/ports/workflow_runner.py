"""Define the port that starts executions, which sleep until a moment and then wake up the clock of an action."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class RunnerRefused(Exception):
    """The execution was not started or stopped: a quota is used up, or the service cannot be reached."""


class WorkflowRunner(Protocol):
    """A runner of executions of the state machine of all workflows."""

    def start(self, name: str, moment: datetime, wake_up: Mapping[str, str | int]) -> None:
        """Start the execution with this name ([0-9a-zA-Z-_]{1,80}), which passes on `wake_up` at the moment, or now.

        If it was started before, do nothing. Raises RunnerRefused.
        """
        ...

    def stop(self, name: str) -> None:
        """Stop the execution if it runs. Raises RunnerRefused."""
        ...
