"""Build queue workers that handle a batch as a whole, and after a failure its messages one by one.

The batch processors of Powertools are not used, because they always handle messages one by one.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from postrider.adapters.sqs import MessageHold, retry_soon
from postrider.aws.clients import make_clients
from postrider.kit.actors import begin_call
from postrider.kit.observability import logger, publish

M = TypeVar("M")
Answer = dict[str, list[dict[str, str]]]


def batch_worker(
    kind: type[M], handle: Callable[[Sequence[M]], Sequence[M]], *, dropped: Collection[str] = ()
) -> Callable[[dict[str, Any], Any], Answer]:
    """Return the Lambda handler of a queue with messages of `kind`. `handle` returns the messages to deliver again.

    If `handle` raises an error, each message is handled alone, so that only a failing message reaches the dead-letter queue.
    Handling a message twice must have the effect of once. Bodies in `dropped` are ignored. The response has partial
    failures (ReportBatchItemFailures).
    """
    adapter = TypeAdapter(kind)
    make_clients("dynamodb")

    def lambda_handler(event: dict[str, Any], context: Any) -> Answer:
        messages: list[tuple[str, M]] = []
        failed: list[str] = []
        begin_call()
        for record in event["Records"]:
            if record["body"] in dropped:
                continue
            try:
                messages.append((record["messageId"], adapter.validate_json(record["body"])))
            except ValidationError as exc:
                failed.append(record["messageId"])
                logger.error("malformed", message_id=record["messageId"], problems=exc.error_count())
        with MessageHold(event["Records"]):
            failed += _handled(messages, handle)
        retry_soon(event["Records"], failed)
        publish()
        logger.info("batch", received=len(event["Records"]), failed=len(failed))
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return lambda_handler


def _handled(messages: Sequence[tuple[str, M]], handle: Callable[[Sequence[M]], Sequence[M]]) -> list[str]:
    """Handle the messages and return the ids of failed messages."""
    if not messages:
        return []
    try:
        returned = {id(message) for message in handle([message for _, message in messages])}
        return [message_id for message_id, message in messages if id(message) in returned]
    except Exception:
        logger.exception("batch failed", messages=len(messages))
        if len(messages) == 1:
            return [messages[0][0]]
    return [message_id for message in messages for message_id in _handled([message], handle)]
