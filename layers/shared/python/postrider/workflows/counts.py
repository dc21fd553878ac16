"""Counts what became of the contacts at each action of a workflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from postrider.events.service import EventService
from postrider.workflows.model import Action, Workflow


@dataclass(frozen=True, kw_only=True)
class StepCounts:
    """`opened` and `clicked` are recipients; a click without a seen open counts as both. None: not known.

    `waiting` are contacts whose delay before the action runs, `left` those who left the workflow there.
    """

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    waiting: int | None = None
    left: int | None = None


class StepCounter(Protocol):
    def counts(self, workflow: Workflow, actions: Sequence[Action]) -> Mapping[int, StepCounts]:
        """Return the counts of these actions by id."""
        ...


class EventStepCounter:
    """Counts by the events of the mails; who waits or has left is not known from them."""

    def __init__(self, events: EventService) -> None:
        self._events = events

    def counts(self, workflow: Workflow, actions: Sequence[Action]) -> Mapping[int, StepCounts]:
        sent = self._events.sent_counts(workflow.account_id, [action.source for action in actions])
        return {action.id: self._of(action, sent.get(action.source, 0)) for action in actions}

    def _of(self, action: Action, sent: int) -> StepCounts:
        counts = self._events.counts(action.account_id, action.source)
        opened = counts["unique_opens"] + counts["implied_opens"]
        return StepCounts(sent=sent, opened=opened, clicked=counts["unique_clicks"])
