"""Define the counts of the contacts at each action of a workflow, and the port of what counts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

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
