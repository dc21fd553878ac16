"""Events of accounts, and who is notified of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.audience import workflows
from postrider.bootstrap.deployment import clock, event_takers, queue

if TYPE_CHECKING:
    from postrider.outbox.relay import EventConsumer, OutboxRelay
    from postrider.usecases.start_workflows import WorkflowTriggers


def _consumers() -> Mapping[str, Callable[[], EventConsumer]]:
    """Return the factories of consumers by the kind of their subscribers (`Taker.kind`)."""
    return {"workflows": workflow_triggers}


@cache
def workflow_triggers() -> WorkflowTriggers:
    from postrider.usecases.start_workflows import WorkflowTriggers

    return WorkflowTriggers(workflows(), queue())


@cache
def event_relay() -> OutboxRelay:
    from postrider.outbox.relay import OutboxRelay
    from postrider.outbox.repository import OutboxRepository

    return OutboxRelay(OutboxRepository(), event_takers(), _consumers(), queue(), clock())
