"""Build the services of workflows: settings, actions, contents and activation."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.audience import condition_names, lists, segments, workflows
from postrider.bootstrap.deployment import clock, event_subscribers, object_store
from postrider.bootstrap.emails import mail_copies
from postrider.bootstrap.mail_events import events
from postrider.bootstrap.sender_domains import senders
from postrider.bootstrap.sending import campaign_renderer, delivery, mail_renderer
from postrider.bootstrap.system_mailing import templates, uses

if TYPE_CHECKING:
    from postrider.usecases.view_mail import MailViews
    from postrider.workflows.actions import ActionEditing
    from postrider.workflows.activation import WorkflowActivation
    from postrider.workflows.blueprints import WorkflowBlueprintService
    from postrider.workflows.contents import ActionContents
    from postrider.workflows.counts import ActionCounter
    from postrider.workflows.editing import WorkflowEditing
    from postrider.workflows.locks import WorkflowLocks
    from postrider.workflows.rendering import ActionRenderer
    from postrider.workflows.repository import WorkflowRepository
    from postrider.workflows.uses import WorkflowUses


@cache
def workflow_repository() -> WorkflowRepository:
    from postrider.workflows.repository import WorkflowRepository

    return WorkflowRepository(object_store(), event_subscribers())


@cache
def workflow_locks() -> WorkflowLocks:
    from postrider.workflows.locks import WorkflowLocks

    return WorkflowLocks(workflow_repository(), clock())


@cache
def workflow_uses() -> WorkflowUses:
    from postrider.workflows.uses import WorkflowUses

    return WorkflowUses(uses())


@cache
def workflow_blueprints() -> WorkflowBlueprintService:
    from postrider.workflows.blueprints import WorkflowBlueprintService

    return WorkflowBlueprintService()


@cache
def action_contents() -> ActionContents:
    from postrider.workflows.contents import ActionContents

    return ActionContents(workflow_repository(), templates(), condition_names())


@cache
def workflow_editing() -> WorkflowEditing:
    from postrider.workflows.editing import WorkflowEditing

    return WorkflowEditing(
        workflow_repository(),
        workflow_locks(),
        action_contents(),
        workflow_blueprints(),
        lists(),
        segments(),
        senders(),
        workflow_uses(),
        clock(),
    )


@cache
def action_editing() -> ActionEditing:
    from postrider.workflows.actions import ActionEditing

    return ActionEditing(
        workflow_repository(), workflow_locks(), action_contents(), senders(), workflow_uses(), clock()
    )


@cache
def action_renderer() -> ActionRenderer:
    from postrider.workflows.rendering import ActionRenderer

    return ActionRenderer(workflows(), mail_renderer())


@cache
def workflow_activation() -> WorkflowActivation:
    from postrider.workflows.activation import WorkflowActivation

    return WorkflowActivation(
        workflow_repository(),
        workflow_locks(),
        lists(),
        segments(),
        senders(),
        action_renderer(),
        workflow_uses(),
        delivery(),
        clock(),
    )


@cache
def step_counter() -> ActionCounter:
    from postrider.journeys.counts import JourneyActionCounter
    from postrider.journeys.repository import JourneyRepository

    return JourneyActionCounter(JourneyRepository(), events())


@cache
def mail_views() -> MailViews:
    from postrider.usecases.view_mail import MailViews

    return MailViews(campaign_renderer(), action_renderer(), mail_copies())
