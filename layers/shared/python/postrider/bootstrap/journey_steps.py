"""Build the services of journeys: contacts enter workflows, wait, and get mails."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.action_sending import action_clocks
from postrider.bootstrap.audience import campaigns, contacts, filter_evaluator, segments, suppressions, workflows
from postrider.bootstrap.automation import workflow_activation, workflow_editing
from postrider.bootstrap.background import contacts_by_given_id, membership_changes, task_runner, tasks
from postrider.bootstrap.deployment import clock, epochs, queue
from postrider.bootstrap.emails import mail_copies
from postrider.bootstrap.mail_events import events
from postrider.bootstrap.sending import delivery

if TYPE_CHECKING:
    from postrider.journeys.service import JourneyService
    from postrider.usecases.contact_history import ContactHistory
    from postrider.usecases.deactivate_workflow import WorkflowDeactivation
    from postrider.usecases.delete_workflow import WorkflowDeletion
    from postrider.usecases.enter_workflow_by_call import WorkflowEntryByCall


@cache
def workflow_deactivation() -> WorkflowDeactivation:
    from postrider.usecases.deactivate_workflow import WorkflowDeactivation

    return WorkflowDeactivation(workflow_activation(), journeys())


@cache
def workflow_deletion() -> WorkflowDeletion:
    from postrider.usecases.delete_workflow import WorkflowDeletion

    return WorkflowDeletion(workflow_editing(), contacts(), tasks(), task_runner())


@cache
def workflow_entry_by_call() -> WorkflowEntryByCall:
    from postrider.usecases.enter_workflow_by_call import WorkflowEntryByCall

    return WorkflowEntryByCall(workflows(), membership_changes(), contacts(), tasks(), task_runner(), queue(), clock())


@cache
def journeys() -> JourneyService:
    from postrider.journeys.due_groups import DueGroups
    from postrider.journeys.entrance import WorkflowEntrance
    from postrider.journeys.repository import JourneyRepository
    from postrider.journeys.service import JourneyService
    from postrider.storage.page_markers import PageMarkers

    repository, clocks = JourneyRepository(), action_clocks()
    entrance = WorkflowEntrance(
        repository, clocks, workflows(), contacts(), suppressions(), segments(), filter_evaluator(), clock()
    )
    epoch = epochs()
    due_groups = DueGroups(repository, clocks, workflows(), delivery(), clock(), epoch.can_send, epoch.unknown_until)
    return JourneyService(
        repository, clocks, entrance, due_groups, workflows(), contacts(), PageMarkers(clock()), clock()
    )


@cache
def contact_history() -> ContactHistory:
    from postrider.usecases.contact_history import ContactHistory

    return ContactHistory(
        contacts_by_given_id(), campaigns(), workflows(), journeys(), mail_copies(), delivery(), events()
    )
