"""Fakes of services that cost money or cannot be reached from a test."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from postrider.ports.workflow_runner import RunnerRefused


class MemoryScheduler:
    """A scheduler that stores alarms in memory; the sweeper runs the due ones."""

    def __init__(self) -> None:
        self.alarms: dict[str, tuple[datetime, str, BaseModel]] = {}

    def put(self, name: str, moment: datetime, queue: str, message: BaseModel) -> None:
        self.alarms[name] = (moment, queue, message)

    def remove(self, name: str) -> None:
        self.alarms.pop(name, None)

    def due(self, now: datetime) -> list[tuple[str, BaseModel]]:
        """Remove and return the due alarms: (queue, message)."""
        names = [name for name, (moment, _, _) in self.alarms.items() if moment <= now]
        return [self.alarms.pop(name)[1:] for name in names]


@dataclass
class Execution:
    """A sleeping execution; `turns` is the number of its sleeps."""

    name: str
    moment: datetime
    wake_up: dict[str, Any]
    turns: int = 0


class MemoryRunner:
    """A runner that stores executions in memory; tests wake up the due ones. `transitions` counts like Step Functions."""

    def __init__(self) -> None:
        self.open: dict[str, Execution] = {}
        self.names: set[str] = set()
        self.transitions = self.most_open = 0
        self.is_refusing = False

    def start(self, name: str, moment: datetime, wake_up: Mapping[str, str | int]) -> None:
        if self.is_refusing:
            raise RunnerRefused("The quota is used up.")
        if name in self.names:
            return
        self.names.add(name)
        self.open[name] = Execution(name, moment, dict(wake_up))
        self.most_open = max(self.most_open, len(self.open))

    def stop(self, name: str) -> None:
        if self.open.pop(name, None):
            self.transitions += 1  # it entered its first state

    def fail_all(self) -> None:
        """End all executions before their work, like a restart of the stand-in."""
        self.open.clear()

    def due(self, now: datetime) -> list[Execution]:
        return sorted(
            (execution for execution in self.open.values() if execution.moment <= now),
            key=lambda execution: execution.moment,
        )

    def turn(self, name: str, answer: Mapping[str, Any]) -> None:
        """Take the answer of the task of an execution: it sleeps again, or ends."""
        self.transitions += 3  # it has slept, called, and chosen
        execution = self.open.get(name)
        if execution is None:
            return
        if not answer["again"]:
            del self.open[name]
            self.transitions += 1
            return
        execution.moment = datetime.fromisoformat(answer["wake_at"])
        execution.turns = answer["turns"]

    def next_moment(self) -> datetime | None:
        return min((execution.moment for execution in self.open.values()), default=None)
