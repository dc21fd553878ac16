"""Build the services of events of accounts, and of their consumers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts, users
from postrider.bootstrap.audience import contact_names, contacts, groups, lists, suppressions, workflows
from postrider.bootstrap.background import list_emptying
from postrider.bootstrap.deployment import clock, cursors, event_subscribers, public_base_url, queue, root, web_caller
from postrider.bootstrap.emails import mail_copies
from postrider.bootstrap.insights import message_archive, messages
from postrider.bootstrap.mail_events import events
from postrider.bootstrap.system_mailing import system_mails

if TYPE_CHECKING:
    from postrider.outbox.relay import EventConsumer, OutboxRelay
    from postrider.usecases.enter_workflows_by_event import WorkflowEntryByEvent
    from postrider.usecases.list_lifecycle import ListLifecycle
    from postrider.usecases.list_webhooks import ListWebhooks
    from postrider.webhooks.dispatcher import CallbackDispatcher
    from postrider.webhooks.intake import WebhookIntake
    from postrider.webhooks.message_payloads import MessagePayloads
    from postrider.webhooks.payloads import CallbackSubjects
    from postrider.webhooks.service import WebhookService


def _consumers() -> Mapping[str, Callable[[], EventConsumer]]:
    """Return the factories of consumers by the kind of their subscribers (`EventSubscriber.kind`)."""
    return {"webhooks": webhook_intake, "workflows": workflow_entry_by_event}


@cache
def workflow_entry_by_event() -> WorkflowEntryByEvent:
    from postrider.usecases.enter_workflows_by_event import WorkflowEntryByEvent

    return WorkflowEntryByEvent(workflows(), queue())


@cache
def event_relay() -> OutboxRelay:
    from postrider.outbox.relay import OutboxRelay
    from postrider.outbox.repository import OutboxRepository

    return OutboxRelay(OutboxRepository(), event_subscribers(), _consumers(), queue(), clock())


@cache
def webhook_intake() -> WebhookIntake:
    from postrider.webhooks.callbacks import CallbackRepository
    from postrider.webhooks.dispatch_states import DispatchStateRepository
    from postrider.webhooks.intake import WebhookIntake
    from postrider.webhooks.repository import WebhookRepository

    return WebhookIntake(
        WebhookRepository(event_subscribers()), CallbackRepository(), DispatchStateRepository(), queue(), clock()
    )


@cache
def webhooks() -> WebhookService:
    from postrider.webhooks.callbacks import CallbackRepository
    from postrider.webhooks.repository import WebhookRepository
    from postrider.webhooks.service import WebhookService

    return WebhookService(
        WebhookRepository(event_subscribers()),
        CallbackRepository(),
        webhook_intake(),
        lists(),
        web_caller(),
        cursors(),
        root(),
        clock(),
    )


@cache
def list_webhooks() -> ListWebhooks:
    from postrider.usecases.list_webhooks import ListWebhooks

    return ListWebhooks(lists(), webhooks())


@cache
def list_lifecycle() -> ListLifecycle:
    from postrider.usecases.list_lifecycle import ListLifecycle

    return ListLifecycle(lists(), workflows(), webhooks(), list_emptying())


@cache
def event_payloads() -> CallbackSubjects:
    from postrider.webhooks.payloads import CallbackSubjects

    return CallbackSubjects(contacts(), contact_names(), groups(), events(), suppressions(), mail_copies)


@cache
def message_payloads() -> MessagePayloads:
    from postrider.webhooks.message_payloads import MessagePayloads

    return MessagePayloads(messages(), message_archive(), contacts(), lists(), events())


@cache
def callback_dispatcher() -> CallbackDispatcher:
    from postrider.webhooks.callbacks import CallbackRepository
    from postrider.webhooks.dispatch_states import DispatchStateRepository
    from postrider.webhooks.dispatcher import CallbackDispatcher
    from postrider.webhooks.formats import LIST, MAIN, REPORTING
    from postrider.webhooks.notices import EndNotices
    from postrider.webhooks.repository import WebhookRepository

    return CallbackDispatcher(
        WebhookRepository(event_subscribers()),
        CallbackRepository(),
        DispatchStateRepository(),
        {MAIN: event_payloads, LIST: event_payloads, REPORTING: message_payloads},
        web_caller(),
        EndNotices(accounts(), users(), system_mails(), public_base_url()),
        queue(),
        root(),
        clock(),
    )
