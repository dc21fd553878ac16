"""The interface of journeys for workers and operations; each step has its own class in this package."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from postrider.contacts.model import BLOCK_SIZE
from postrider.journeys import rules
from postrider.journeys.model import Entry, WaitingContact, WaitingGroup
from postrider.kit.errors import NotFound

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.contacts.service import ContactService
    from postrider.journeys.clock import ActionClocks, WakeUp
    from postrider.journeys.due_groups import DueGroups
    from postrider.journeys.entrance import WorkflowEntrance
    from postrider.journeys.queue_messages import AdvanceWorkflow
    from postrider.journeys.repository import JourneyRepository
    from postrider.kit.clock import Clock
    from postrider.kit.paging import Position
    from postrider.storage.page_markers import PageMarkers
    from postrider.workflows.model import Workflow
    from postrider.workflows.service import WorkflowService

TRIES = 5


class JourneyService:
    def __init__(
        self,
        journeys: JourneyRepository,
        clocks: ActionClocks,
        entrance: WorkflowEntrance,
        due_groups: DueGroups,
        workflows: WorkflowService,
        contacts: ContactService,
        page_markers: PageMarkers,
        now: Clock,
    ) -> None:
        self._journeys, self._clocks, self._entrance, self._due_groups = journeys, clocks, entrance, due_groups
        self._workflows, self._contacts, self._page_markers, self._now = workflows, contacts, page_markers, now

    def entry(self, account_id: str, workflow_id: int, contact_id: int) -> Entry | None:
        """Return the latest entry of a contact into a workflow, or None if it never entered."""
        return self._journeys.entries(account_id, workflow_id, [contact_id]).get(contact_id)

    # Messages and executions

    def handle(self, message: AdvanceWorkflow) -> None:
        """Let contacts enter, or begin the due runs of an action."""
        if message.action_id:
            self._due_groups.move(message.account_id, message.action_id)
            return
        self._entrance.enter(
            message.account_id,
            message.workflow_id,
            message.contact_ids,
            event_id=message.event_id,
            at=message.at or self._now(),
            activation=message.activation,
        )

    def wake(self, wake_up: WakeUp, *, turns: int) -> datetime | None:
        """Do the work of an execution after its nth wake-up; return the next wake-up, or None if it ends."""
        return self._due_groups.wake(wake_up, turns=turns)

    def sweep(self) -> dict[str, int]:
        """Do the work of failed executions, and start new ones; called every minute."""
        return self._due_groups.sweep()

    # Operations

    def stop(self, workflow: Workflow) -> None:
        """Stop the clocks of a workflow that is no longer active; the sweeper deletes its groups."""
        for action in self._workflows.actions(workflow.account_id, workflow.id):
            self._clocks.stop(workflow.account_id, action.id)

    def forget(self, account_id: str, workflow_id: int, block: int) -> None:
        """Delete the journeys of the contacts of a block in a deleted workflow."""
        self._journeys.forget_block(account_id, workflow_id, block)

    def page(self, account_id: str, workflow_id: int, *, number: int, per_page: int) -> list[WaitingContact]:
        """Return a page of the waiting contacts, by action and in order of time. Raises NotFound for the workflow.

        Contacts whose mail is being sent, and contacts that have left, are omitted.
        """
        workflow = self._workflows.get(account_id, workflow_id)
        listing = f"waiting#{workflow_id}#{workflow.activation}#{per_page}"
        first_page, marker = (1, None) if number == 1 else self._page_markers.nearest(account_id, listing, number)
        skipped = (number - first_page) * per_page
        rows = list(islice(self._waiting(workflow, marker), skipped, skipped + per_page))
        if len(rows) == per_page:
            self._page_markers.add(account_id, listing, number + 1, rows[-1][0])
        return [contact for _, contact in rows]

    def waiting_contacts(self, account_id: str, workflow_id: int) -> list[WaitingContact]:
        """Return all waiting contacts, as `page` does."""
        workflow = self._workflows.get(account_id, workflow_id)
        return [contact for _, contact in self._waiting(workflow, None)]

    def _waiting(self, workflow: Workflow, after: Position | None) -> Iterator[tuple[Position, WaitingContact]]:
        """Yield the waiting contacts after a position, with their positions."""
        actions = self._workflows.actions(workflow.account_id, workflow.id) if workflow.is_active else []
        for action in actions:
            place, last_id = "0", 0
            if after is not None and action.id < after[0]:
                continue
            if after is not None and action.id == after[0]:
                place, _, last = str(after[1]).rpartition("/")
                last_id = int(last)
            for at, group in self._journeys.waiting(workflow.account_id, action.id, start=place):
                if group.activation == workflow.activation:
                    for contact in self._contacts_of(workflow, group):
                        if at != place or contact.contact_id > last_id:
                            yield (action.id, f"{at}/{contact.contact_id}"), contact

    def remove(self, account_id: str, workflow_id: int, contact_id: int) -> None:
        """Remove a contact from a workflow. Raises NotFound if the contact is not in it."""
        workflow = self._workflows.get(account_id, workflow_id)
        for _ in range(TRIES):
            entry = self._journeys.entries(account_id, workflow_id, [contact_id]).get(contact_id)
            if entry is None or not rules.is_of(entry, entry.number, workflow.activation) or not workflow.is_active:
                break
            groups = self._journeys.groups_of_block(account_id, workflow_id, contact_id // BLOCK_SIZE)
            if not any(rules.holds(group, entry) for group in groups):
                break
            if self._journeys.remove_entry(account_id, workflow_id, entry):
                return
        raise NotFound("The contact is not in the workflow.", code="contact_not_in_workflow", field="contact_id")

    def _contacts_of(self, workflow: Workflow, group: WaitingGroup) -> Iterator[WaitingContact]:
        ids = group.contact_ids
        contacts = self._contacts.contacts_in(workflow.account_id, workflow.list_id, ids)
        entries = self._journeys.entries_of_block(workflow.account_id, workflow.id, group.block, ids[0], ids[-1])
        for contact_id in ids:
            contact, entry = contacts.get(contact_id), entries.get(contact_id)
            if contact is None or entry is None or not rules.is_of(entry, group.entry, group.activation):
                continue
            if rules.refusal_of(contact, entry, workflow.trigger, is_blocked=False):
                continue
            yield WaitingContact(
                contact_id=contact_id,
                email=contact.email,
                action_id=group.action_id,
                entry=entry.number,
                entered_at=entry.entered_at,
                since=group.since,
                due_at=group.due_at,
            )
