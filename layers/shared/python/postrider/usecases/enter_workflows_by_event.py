"""Let contacts enter the workflows of their list when they subscribe or unsubscribe."""

from collections import defaultdict
from collections.abc import Sequence

from postrider.delivery.queue_messages import PLAN_QUEUE
from postrider.journeys import rules
from postrider.journeys.queue_messages import AdvanceWorkflow
from postrider.kit.clock import from_unix
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.ports.queue import Queue
from postrider.workflows.model import Trigger
from postrider.workflows.service import WorkflowService

TRIGGERS = {
    DomainEventType.CONTACT_SUBSCRIBED: Trigger.SUBSCRIBED,
    DomainEventType.CONTACT_UNSUBSCRIBED: Trigger.UNSUBSCRIBED,
}


class WorkflowEntryByEvent:
    """A consumer of events. It enqueues the entries; the contacts are checked when they enter."""

    def __init__(self, workflows: WorkflowService, queue: Queue) -> None:
        self._workflows, self._queue = workflows, queue

    def receive(self, account_id: str, events: Sequence[DomainEvent]) -> None:
        """Let the contacts of these events enter; a repeated call with the same events changes nothing."""
        groups: dict[tuple[int, Trigger], list[DomainEvent]] = defaultdict(list)
        for event in events:
            trigger = TRIGGERS.get(event.type)
            if trigger is not None and event.list_id is not None and _starts_workflows(event):
                groups[event.list_id, trigger].append(event)
        for (list_id, trigger), members in groups.items():
            for workflow in self._workflows.active_of_list(account_id, list_id, trigger):
                message = AdvanceWorkflow(
                    account_id=account_id,
                    workflow_id=workflow.id,
                    contact_ids=[event.data["contact_id"] for event in members],
                    event_id=_event_id(members),
                    at=from_unix(min(event.at_ms for event in members) // 1000),
                    activation=workflow.activation,
                )
                self._queue.send(PLAN_QUEUE, [message], group=account_id)


def _starts_workflows(event: DomainEvent) -> bool:
    """Return whether the contact enters by this event; imported contacts enter only if the import requests it."""
    return not event.data.get("is_imported") or bool(event.data.get("starts_workflows"))


def _event_id(events: Sequence[DomainEvent]) -> str:
    return events[0].id if len(events) == 1 else rules.digest(*(event.id for event in events))
