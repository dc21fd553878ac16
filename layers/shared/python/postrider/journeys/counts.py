"""Count the contacts at each action of a workflow: waiting, sent, opened, clicked, left."""

from collections.abc import Mapping, Sequence

from postrider.journeys.repository import JourneyRepository
from postrider.mail_events.service import EventService
from postrider.workflows.counts import ActionCounts
from postrider.workflows.model import Action, Workflow


class JourneyActionCounter:
    def __init__(self, journeys: JourneyRepository, events: EventService) -> None:
        self._journeys, self._events = journeys, events

    def counts(self, workflow: Workflow, actions: Sequence[Action]) -> Mapping[int, ActionCounts]:
        """Return the counts of these actions by id.

        A contact that leaves while it waits is counted as waiting until the group is due, and then as left.
        """
        return {action.id: self._of(workflow, action) for action in actions}

    def _of(self, workflow: Workflow, action: Action) -> ActionCounts:
        counts = self._events.counts(action.account_id, action.source)
        groups = self._journeys.waiting(action.account_id, action.id) if workflow.is_active else iter(())
        return ActionCounts(
            sent=counts["sent"],
            opened=counts["unique_opens"] + counts["implied_opens"],
            clicked=counts["unique_clicks"],
            left=self._journeys.left(action.account_id, action.id),
            waiting=sum(len(group.contact_ids) for _, group in groups if group.activation == workflow.activation),
        )
