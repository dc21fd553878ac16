"""Let contacts enter a workflow: once per event, and not while they are in the workflow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from postrider.contacts.model import Contact, block_of
from postrider.contacts.service import ContactService
from postrider.journeys import rules
from postrider.journeys.clock import ActionClocks
from postrider.journeys.model import Entry, WaitingGroup
from postrider.journeys.repository import JourneyRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound
from postrider.kit.pauses import pauses
from postrider.segments.evaluation import FilterEvaluator
from postrider.segments.service import SegmentService
from postrider.suppressions.service import SuppressionService
from postrider.workflows.model import Action, Workflow
from postrider.workflows.service import WorkflowService

FEW = 20
"""Maximum number of entries that are read by their keys."""


@dataclass(frozen=True, kw_only=True)
class _EntryRequest:
    """A request to let contacts of one block enter by one event."""

    workflow: Workflow
    root: Action
    block: int
    event: str
    at: datetime


class WorkflowEntrance:
    def __init__(
        self,
        journeys: JourneyRepository,
        clocks: ActionClocks,
        workflows: WorkflowService,
        contacts: ContactService,
        suppressions: SuppressionService,
        segments: SegmentService,
        filter_evaluator: FilterEvaluator,
        now: Clock,
    ) -> None:
        self._journeys, self._clocks, self._workflows, self._contacts = journeys, clocks, workflows, contacts
        self._suppressions, self._segments, self._filters, self._now = suppressions, segments, filter_evaluator, now

    def enter(
        self,
        account_id: str,
        workflow_id: int,
        contact_ids: Collection[int],
        *,
        event_id: str,
        at: datetime,
        activation: int | None = None,
    ) -> int:
        """Let contacts enter by an event; return the number of contacts that entered.

        Contacts that are in the workflow already, may not get its mails, or are not in its segment do not enter. A repeated
        call has the same `event_id` and contacts, and completes an interrupted one. If `activation` is not None, the call is
        valid for this activation only.
        """
        try:
            workflow = self._workflows.get(account_id, workflow_id)
        except NotFound:
            return 0
        root = rules.root_of(self._workflows.actions(account_id, workflow_id))
        if not workflow.is_active or root is None or activation not in (None, workflow.activation):
            return 0
        blocks: dict[int, list[int]] = {}
        for contact_id in sorted(set(contact_ids)):
            blocks.setdefault(block_of(contact_id), []).append(contact_id)
        event = rules.digest(event_id)
        entered = sum(
            self._enter_block(_EntryRequest(workflow=workflow, root=root, block=block, event=event, at=at), ids)
            for block, ids in blocks.items()
        )
        self._clocks.schedule_wake_up(account_id, root.id, rules.due_at(at, root.delay_s))
        return entered

    def _enter_block(self, request: _EntryRequest, contact_ids: Sequence[int]) -> int:
        workflow = request.workflow
        account_id, workflow_id = workflow.account_id, workflow.id
        if self._journeys.has_entered(account_id, workflow_id, request.block, request.event):
            return 0
        contacts = self._admissible(workflow, contact_ids)
        entries = self._store_entries(request, contacts) if contacts else []
        groups = _groups_of(request, entries)
        if groups:
            expires_at = self._now() + rules.EVENTS_OF_ENTRIES_KEPT
            self._journeys.put_first_groups(groups, request.event, expires_at=expires_at)
        return len(entries)

    def _admissible(self, workflow: Workflow, contact_ids: Sequence[int]) -> dict[int, Contact]:
        """Return the contacts that may get the mails of the workflow and are in its segment, by id."""
        blocking = self._suppressions.blocking(workflow.account_id)
        contacts = [
            contact
            for contact in self._contacts.contacts_in(workflow.account_id, workflow.list_id, contact_ids).values()
            if rules.refusal_of_contact(contact, workflow.trigger, is_blocked=blocking.stops(contact)) is None
        ]
        if workflow.segment_id is not None:
            segment = self._segments.get(workflow.account_id, workflow.list_id, workflow.segment_id)
            compiled = self._segments.compiled_filter(segment)
            contacts = contacts if compiled is None else compiled.among(contacts)
        return {contact.id: contact for contact in contacts}

    def _store_entries(self, request: _EntryRequest, contacts: Mapping[int, Contact]) -> list[Entry]:
        """Store the entries of contacts outside the workflow; return them and the entries that an earlier try has stored."""
        workflow = request.workflow
        done: list[Entry] = []
        remaining = dict(contacts)
        for _ in pauses():
            before = self._entries(request, sorted(remaining))
            changes = self._changes(request, remaining, before)
            done += [after for known, after in changes if known == after]
            new = [(known, after) for known, after in changes if known != after]
            refused = self._journeys.put_entries(workflow.account_id, workflow.id, new)
            done += [after for _, after in new if after.contact_id not in refused]
            remaining = {contact_id: contacts[contact_id] for contact_id in refused}
            if not remaining:
                break
        return done

    def _entries(self, request: _EntryRequest, contact_ids: Sequence[int]) -> Mapping[int, Entry]:
        """Return the entries of contacts of the block; many of them are read with one query, which is cheaper."""
        workflow = request.workflow
        if len(contact_ids) <= FEW:
            return self._journeys.entries(workflow.account_id, workflow.id, contact_ids)
        first, last = contact_ids[0], contact_ids[-1]
        return self._journeys.entries_of_block(workflow.account_id, workflow.id, request.block, first, last)

    def _changes(
        self, request: _EntryRequest, contacts: Mapping[int, Contact], entries: Mapping[int, Entry]
    ) -> list[tuple[Entry | None, Entry]]:
        """Return the entries (before, after) of the entering contacts; both are equal if an earlier try stored the entry."""
        workflow = request.workflow
        is_known = any(entry.activation == workflow.activation for entry in entries.values())
        groups = self._groups(request) if is_known else []
        changes: list[tuple[Entry | None, Entry]] = []
        for contact in contacts.values():
            before = entries.get(contact.id)
            if before is not None and before.event == request.event:
                if rules.is_of(before, before.number, workflow.activation):
                    changes.append((before, before))
            elif before is None or not self._stays_out(request, before, contact, groups):
                after = rules.next_entry(
                    before, contact, activation=workflow.activation, event=request.event, at=request.at
                )
                changes.append((before, after))
        return changes

    def _groups(self, request: _EntryRequest) -> list[WaitingGroup]:
        return self._journeys.groups_of_block(request.workflow.account_id, request.workflow.id, request.block)

    def _stays_out(
        self, request: _EntryRequest, entry: Entry, contact: Contact, groups: Sequence[WaitingGroup]
    ) -> bool:
        """Return whether the contact may not enter: it is inside, has entered by this event, or is entering by another one."""
        workflow = request.workflow
        if request.event in entry.events:
            return True
        if rules.is_inside(entry, contact, workflow.trigger, groups, activation=workflow.activation):
            return True
        if self._now() - entry.entered_at >= rules.ENTERING or not rules.is_of(
            entry, entry.number, workflow.activation
        ):
            return False
        return not self._journeys.has_entered(workflow.account_id, workflow.id, request.block, entry.event)


def _groups_of(request: _EntryRequest, entries: Sequence[Entry]) -> list[WaitingGroup]:
    """Return the groups that wait for the first action, one group per entry number."""
    by_number: dict[int, list[int]] = {}
    for entry in entries:
        by_number.setdefault(entry.number, []).append(entry.contact_id)
    return [
        WaitingGroup(
            account_id=request.workflow.account_id,
            workflow_id=request.workflow.id,
            action_id=request.root.id,
            block=request.block,
            id=rules.digest(request.event, number),
            entry=number,
            activation=request.workflow.activation,
            since=request.at,
            due_at=rules.due_at(request.at, request.root.delay_s),
            bitmap=rules.bits_of(contact_ids),
        )
        for number, contact_ids in sorted(by_number.items())
    ]
