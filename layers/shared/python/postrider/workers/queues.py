"""Build the handlers of queues and schedules: handle a batch, return partial failures, log one line at the end.

The batch processors of Powertools are not used, because they cannot handle messages of one place together.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter

from postrider.adapters.sqs import MessageHold, retry_soon
from postrider.aws.clients import make_clients
from postrider.kit.actors import begin_call
from postrider.kit.observability import logger, publish

OrderT = TypeVar("OrderT")
Event = dict[str, Any]


@dataclass(frozen=True)
class QueueDelivery:
    """The delivery of a message: `again` is true for a repeated one, `time_left_s` is the time until the function is stopped."""

    again: bool
    time_left_s: float


def queue_worker(
    order: type[OrderT] | TypeAdapter[OrderT], handle: Callable[[OrderT], None], *, takes_long: bool = False
) -> Callable[[Event, Any], Event]:
    """Return a handler of batches of `order`s: a type of messages, or an adapter of several types.

    A failed message is reported alone and delivered again.
    """
    return delivery_worker(order, lambda messages, _: handle(messages[0]), takes_long=takes_long)


def delivery_worker(
    order: type[OrderT] | TypeAdapter[OrderT],
    handle: Callable[[Sequence[OrderT], QueueDelivery], None],
    *,
    place_of: Callable[[OrderT], Hashable] = lambda _: None,
    together: int = 1,
    takes_long: bool = False,
) -> Callable[[Event, Any], Event]:
    """Return a handler like `queue_worker`, whose `handle` also gets the delivery and may get several messages.

    At most `together` messages of one place are handled together, and fail together. Messages that are delivered again,
    and messages without a place (None), are handled alone, so that only a failing message reaches the dead-letter queue.
    With `takes_long`, a batch usually takes seconds, and its messages are soon delivered again if the worker crashes.
    """
    make_clients("dynamodb")
    adapter = order if isinstance(order, TypeAdapter) else TypeAdapter(order)

    def lambda_handler(event: Event, context: Any) -> Event:
        began = time.monotonic()
        begin_call()
        groups, failed = _grouped(event["Records"], adapter, place_of, together)
        with MessageHold(event["Records"], at_once=takes_long):
            for ids, orders, again in groups:
                delivery = QueueDelivery(again=again, time_left_s=context.get_remaining_time_in_millis() / 1000)
                try:
                    handle(orders, delivery)
                except Exception as exc:
                    # the queue delivers them again, and its dead-letter queue has an alarm
                    logger.exception("message failed", message_ids=ids, error=type(exc).__name__)
                    failed += ids
        retry_soon(event["Records"], failed)
        kinds = sorted({type(message).__name__ for _, orders, _ in groups for message in orders})
        _finish("batch", messages=len(event["Records"]), failed=len(failed), kinds=kinds, began=began)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return lambda_handler


def _grouped(
    records: Sequence[Event], adapter: TypeAdapter[OrderT], place_of: Callable[[OrderT], Hashable], together: int
) -> tuple[list[tuple[list[str], list[OrderT], bool]], list[str]]:
    """Return the groups of messages to handle together (ids, orders, again), and the ids of malformed messages."""
    groups: list[tuple[list[str], list[OrderT], bool]] = []
    growing: dict[Hashable, tuple[list[str], list[OrderT], bool]] = {}
    malformed = []
    for record in records:
        try:
            message = adapter.validate_json(record["body"])
        except ValueError as exc:
            logger.exception("message failed", message_id=record["messageId"], error=type(exc).__name__)
            malformed.append(record["messageId"])
            continue
        again = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1")) > 1
        place = None if again else place_of(message)
        group = growing.get(place)
        if place is None or group is None or len(group[0]) >= together:
            group = growing[place] = ([], [], again)
            groups.append(group)
        group[0].append(record["messageId"])
        group[1].append(message)
    return groups, malformed


def schedule_worker(name: str, work: Callable[[], dict[str, int]]) -> Callable[[Event, Any], Event]:
    """Return a handler of a recurring schedule. `work` returns numbers to log.

    A failure is raised, so that the alarm for errors of the function covers it as it covers a timeout.
    """
    make_clients("dynamodb")

    def lambda_handler(event: Event, context: Any) -> Event:
        began = time.monotonic()
        begin_call()
        try:
            done = work()
        except Exception:
            logger.exception("schedule failed", schedule=name)
            _finish("schedule", schedule=name, failed=1, began=began)
            raise
        _finish("schedule", schedule=name, failed=0, began=began, **done)
        return done

    return lambda_handler


def _finish(what: str, *, began: float, **numbers: Any) -> None:
    publish()
    logger.info(what, extra={**numbers, "took_ms": round((time.monotonic() - began) * 1000)})
