"""Build the task of the state machine of sleeping executions: do the work, then sleep again or end."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from postrider.aws.clients import make_clients
from postrider.kit.observability import logger, publish

Event = dict[str, Any]


def execution_task(name: str, work: Callable[[dict[str, Any], int], datetime | None]) -> Callable[[Event, Any], Event]:
    """Return a handler. `work` gets the order of the execution and the number of its sleeps; the result None ends it.

    The result is the input of the next turn. An error fails the task, which the state machine retries.
    """
    make_clients("dynamodb")

    def lambda_handler(event: Event, context: Any) -> Event:
        began = time.monotonic()
        turns = event.get("turns", 0) + 1
        try:
            wake_at = work(event["wake_up"], turns)
        finally:
            publish()
        logger.info(
            "execution", extra={"task": name, "turns": turns, "took_ms": round((time.monotonic() - began) * 1000)}
        )
        if wake_at is None:
            return {"again": False}
        return {"again": True, "wake_up": event["wake_up"], "turns": turns, "wake_at": timestamp(wake_at)}

    return lambda_handler


def timestamp(moment: datetime) -> str:
    """Return a moment in the format of a Wait state: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
