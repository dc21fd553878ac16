"""Events of accounts, and who is notified of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.deployment import clock, event_takers, queue

if TYPE_CHECKING:
    from postrider.outbox.relay import EventConsumer, OutboxRelay


def _consumers() -> Mapping[str, Callable[[], EventConsumer]]:
    """Return the factories of consumers by the kind of their subscribers (`Taker.kind`)."""
    return {}


@cache
def event_relay() -> OutboxRelay:
    from postrider.outbox.relay import OutboxRelay
    from postrider.outbox.repository import OutboxRepository

    return OutboxRelay(OutboxRepository(), event_takers(), _consumers(), queue(), clock())
