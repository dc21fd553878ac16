"""Define how an execution is started that sleeps until a moment, and then wakes up the clock of an action."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class RunnerRefused(Exception):
    """The execution was not started or stopped: a quota is used up, or the service cannot be reached."""


class WorkflowRunner(Protocol):
    """Run executions of the one state machine of all workflows."""

    def start(self, name: str, moment: datetime, order: Mapping[str, str | int]) -> None:
        """Start the execution with this name ([0-9a-zA-Z-_]{1,80}), which passes `order` on at the moment, or now.

        If it was started before, do nothing. Raises RunnerRefused.
        """
        ...

    def stop(self, name: str) -> None:
        """Stop the execution if it runs. Raises RunnerRefused."""
        ...
