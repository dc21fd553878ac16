"""Deactivate a workflow and stop its clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.journeys.service import JourneyService
    from postrider.workflows.activation import WorkflowActivation


class WorkflowDeactivation:
    def __init__(self, activation: WorkflowActivation, journeys: JourneyService) -> None:
        self._activation, self._journeys = activation, journeys

    def deactivate(self, account_id: str, workflow_id: int, *, lock_key: str | None = None) -> None:
        """Deactivate a workflow: its contacts have left, and its clocks stop.

        After a crash between both steps, the clocks do nothing when they wake up. Raises NotFound, or Invalid if the workflow
        is inactive already, or locked.
        """
        self._journeys.stop(self._activation.deactivate(account_id, workflow_id, lock_key=lock_key))
