"""What every queue consumer is made of: a batch in, partial failures out, one structured log line at the end.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from postrider.kit.observability import logger, metrics

OrderT = TypeVar("OrderT", bound=BaseModel)
Event = dict[str, Any]


@dataclass(frozen=True)
class Delivery:
    """How a message came: `again` when it was received before, `time_left_s` until the function is stopped."""

    again: bool
    time_left_s: float


def queue_worker(order: type[OrderT], handle: Callable[[OrderT], None]) -> Callable[[Event, Any], Event]:
    """A handler of batches of `order`s. A message that raises is reported alone and comes back."""
    return delivery_worker(order, lambda message, _: handle(message))


def delivery_worker(order: type[OrderT], handle: Callable[[OrderT, Delivery], None]) -> Callable[[Event, Any], Event]:
    """As `queue_worker`, for work that depends on how often and with how much time left a message comes."""

    def lambda_handler(event: Event, context: Any) -> Event:
        began = time.monotonic()
        failed = []
        for record in event["Records"]:
            delivery = Delivery(
                again=int(record.get("attributes", {}).get("ApproximateReceiveCount", "1")) > 1,
                time_left_s=context.get_remaining_time_in_millis() / 1000,
            )
            try:
                handle(order.model_validate_json(record["body"]), delivery)
            except Exception as exc:
                # the queue repeats it, and its dead-letter queue has the alarm
                logger.exception("message failed", message_id=record["messageId"], error=type(exc).__name__)
                failed.append({"itemIdentifier": record["messageId"]})
        _finish("batch", messages=len(event["Records"]), failed=len(failed), order=order.__name__, began=began)
        return {"batchItemFailures": failed}

    return lambda_handler


def schedule_worker(name: str, work: Callable[[], dict[str, int]]) -> Callable[[Event, Any], Event]:
    """A handler for a recurring schedule; `work` says in numbers what it did. A failure is returned, the next turn repeats."""

    def lambda_handler(event: Event, context: Any) -> Event:
        began = time.monotonic()
        done: dict[str, int] = {}
        try:
            done = work()
        except Exception:
            logger.exception("schedule failed", schedule=name)
            metrics.add_metric(name="ScheduleFailed", unit="Count", value=1)
            _finish("schedule", schedule=name, failed=1, began=began)
            return {"failed": True}
        _finish("schedule", schedule=name, failed=0, began=began, **done)
        return done

    return lambda_handler


def _finish(what: str, *, began: float, **numbers: Any) -> None:
    if metrics.metric_set:
        metrics.flush_metrics()
    logger.info(what, extra={**numbers, "took_ms": round((time.monotonic() - began) * 1000)})
