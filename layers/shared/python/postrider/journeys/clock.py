"""The clocks of actions: an execution sleeps until the next group of an action is due.

The groups are authoritative, not the clock. A group is stored before the clock is set for it, and a clock that is about to
sleep is stored before it reads the groups once more. So at least one of both sees the other, and no group is missed.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from postrider.delivery.queue_messages import PLAN_QUEUE
from postrider.journeys import rules
from postrider.journeys.model import ActionClock
from postrider.journeys.queue_messages import AdvanceWorkflow
from postrider.journeys.repository import JourneyRepository
from postrider.kit.clock import Clock
from postrider.kit.observability import logger
from postrider.kit.pauses import pauses
from postrider.ports.queue import Queue
from postrider.ports.workflow_runner import RunnerRefused, WorkflowRunner


@dataclass(frozen=True)
class WakeUp:
    """The clock of an execution that wakes up, and its generation."""

    account_id: str
    action_id: int
    generation: int


class ActionClocks:
    def __init__(self, journeys: JourneyRepository, runner: WorkflowRunner, queue: Queue, now: Clock) -> None:
        self._journeys, self._runner, self._queue, self._now = journeys, runner, queue, now

    def schedule_wake_up(self, account_id: str, action_id: int, due_at: datetime) -> None:
        """Set the clock of an action for groups that are due at this moment; the groups are stored already."""
        if due_at <= self._now():
            message = AdvanceWorkflow(account_id=account_id, action_id=action_id)
            self._queue.send(PLAN_QUEUE, [message], group=account_id)
            return
        for _ in pauses():
            clock = self._journeys.clock(account_id, action_id)
            if clock.wakes_at is not None and self._now() - rules.LATE <= clock.wakes_at <= due_at:
                return  # an earlier execution has failed, or was stopped
            if self.replace(clock, due_at, stop=True):
                return

    def defer_to_sweeper(self, account_id: str, action_id: int) -> None:
        """Mark the groups of an action as due without starting an execution; the sweeper processes them later."""
        for _ in pauses():
            clock = self._journeys.clock(account_id, action_id)
            if clock.wakes_at is not None and clock.wakes_at <= self._now():
                return
            after = replace(clock, generation=clock.generation + 1, wakes_at=self._now())
            if self._journeys.set_clock(clock, after):
                return

    def replace(self, clock: ActionClock, due_at: datetime, *, stop: bool = False) -> bool:
        """Start a new execution that replaces the current one; return False if another worker has done so meanwhile.

        `stop` stops the current execution; otherwise it has requested this, and ends by itself.
        """
        after = replace(clock, generation=clock.generation + 1, wakes_at=self.sleep_until(due_at))
        assert after.wakes_at is not None
        if not self._journeys.set_clock(clock, after):
            return False
        wake_up: dict[str, str | int] = {
            "account_id": clock.account_id,
            "action_id": clock.action_id,
            "generation": after.generation,
        }
        try:
            if stop and clock.wakes_at is not None:
                self._runner.stop(_name(clock))
            self._runner.start(_name(after), after.wakes_at, wake_up)
        except RunnerRefused as exc:
            logger.error("clock not started: the sweeper does its work", extra={**wake_up, "reason": str(exc)})
        return True

    def sleep_until(self, due_at: datetime) -> datetime:
        """Return the moment to wake up for groups that are due at this moment."""
        return min(due_at, self._now() + rules.LONGEST_SLEEP)

    def sleep_again(self, clock: ActionClock) -> datetime | None:
        """Set the clock to the next due group and return the moment; None: no group waits, and the execution ends."""
        for _ in pauses():
            wakes_at = self._next_wake(clock)
            after = replace(clock, wakes_at=wakes_at)
            if not self._journeys.set_clock(clock, after):
                return None  # another execution has replaced this one
            again = self._next_wake(clock)
            if again is None or (wakes_at is not None and wakes_at <= again):
                return wakes_at
        raise AssertionError  # pauses() ends by raising

    def due_before(self, moment: datetime) -> list[ActionClock]:
        """Return the clocks whose wake-up was due before this moment."""
        clocks = [self._journeys.clock(*key) for key in self._journeys.clocks_before(moment)]
        return [clock for clock in clocks if clock.wakes_at is not None and clock.wakes_at < moment]

    def read(self, account_id: str, action_id: int) -> ActionClock:
        return self._journeys.clock(account_id, action_id)

    def stop(self, account_id: str, action_id: int) -> None:
        """Stop the execution of an action whose workflow is no longer active; the sweeper deletes its groups."""
        clock = self._journeys.clock(account_id, action_id)
        if clock.wakes_at is None:
            return
        self._journeys.set_clock(clock, replace(clock, generation=clock.generation + 1, wakes_at=self._now()))
        try:
            self._runner.stop(_name(clock))
        except RunnerRefused as exc:
            logger.error("clock not stopped: it does nothing when it wakes up", extra={"reason": str(exc)})

    def _next_wake(self, clock: ActionClock) -> datetime | None:
        first = next(self._journeys.waiting(clock.account_id, clock.action_id), None)
        if self._journeys.batches(clock.account_id, clock.action_id):
            return self._now()
        return None if first is None else self.sleep_until(first[1].due_at)


def _name(clock: ActionClock) -> str:
    return f"{clock.account_id}-{clock.action_id}-{clock.generation}"
