"""Define the counts of the contacts at each action of a workflow, and the port of their counter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from postrider.workflows.model import Action, Workflow


@dataclass(frozen=True, kw_only=True)
class ActionCounts:
    """The counts of an action. `opened` and `clicked` count recipients; a click without an open counts as both. None: unknown.

    `waiting` counts contacts in the delay before the action, `left` contacts that left the workflow during it.
    """

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    waiting: int | None = None
    left: int | None = None


class ActionCounter(Protocol):
    def counts(self, workflow: Workflow, actions: Sequence[Action]) -> Mapping[int, ActionCounts]:
        """Return the counts of these actions by id."""
        ...
