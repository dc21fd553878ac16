"""Enqueue messages on SQS, in standard queues that are fair between message groups.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

from postrider.aws.clients import client
from postrider.kit.chunks import in_chunks
from postrider.kit.observability import logger
from postrider.kit.pauses import Throttled, pauses
from postrider.kit.settings import queue_url, queue_url_of
from postrider.ports.queue import QueueMessage, QueueRefused

BATCH = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
HIDDEN_S = 90
"""Visibility timeout of a message after its worker has crashed."""
HELD_AFTER_S, EXTENDED_EVERY_S = 1.0, 30.0
"""Time after which a worker first sets HIDDEN_S for its messages, and the pauses until it extends it."""
FIRST_PAUSE_S = 30
MOST_PAUSE_S = 900
"""The longest pause. A failing message reaches the dead-letter queue after half an hour of attempts."""


class SqsQueue:
    def send(self, queue: str, messages: Sequence[QueueMessage], *, group: str, delay_s: int = 0) -> None:
        url = queue_url(queue)
        for chunk in in_chunks(messages, BATCH):
            entries = [
                {
                    "Id": str(number),
                    "MessageBody": message.model_dump_json(),
                    "MessageGroupId": f"{group}-{type(message).__name__}",
                    "DelaySeconds": delay_s,
                }
                for number, message in enumerate(chunk)
            ]
            self._send_all(url, entries)

    def _send_all(self, url: str, entries: list[dict[str, Any]]) -> None:
        """Send a batch, and after a pause the refused entries again. Raises QueueRefused."""
        try:
            for _ in pauses():
                answer = client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
                refused = {failure["Id"] for failure in answer.get("Failed", [])}
                entries = [entry for entry in entries if entry["Id"] in refused]
                if not entries:
                    return
        except Throttled as exc:
            raise QueueRefused(f"{len(entries)} messages were {exc}") from exc


class MessageHold:
    """A hold that hides the messages of a Lambda batch from other workers while this worker runs.

    The queue hides messages for six times the timeout of its worker, as AWS recommends; messages of a crashed worker would be
    hidden for this time. A batch that is handled within a second costs no call, unless `at_once` is set: if the worker
    crashes within this second, its messages stay hidden.
    """

    def __init__(self, records: Sequence[dict[str, Any]], *, at_once: bool = False) -> None:
        self._records = records
        self._first_pause_s = 0 if at_once else HELD_AFTER_S
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._extend, name="message-hold", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()  # a late extension would replace the pause of a failed message

    def _extend(self) -> None:
        pause_s = self._first_pause_s
        while not self._ended.wait(pause_s):
            _change_visibility(self._records, lambda _: HIDDEN_S)
            pause_s = EXTENDED_EVERY_S


def retry_soon(records: Sequence[dict[str, Any]], failed: Collection[str]) -> None:
    """Retry the failed messages (by id) of a Lambda batch after pauses that grow with each attempt."""
    failed_records = [record for record in records if record["messageId"] in failed]
    _change_visibility(failed_records, lambda record: pause_s(int(record["attributes"]["ApproximateReceiveCount"])))


def _change_visibility(records: Sequence[dict[str, Any]], seconds_of: Callable[[dict[str, Any]], int]) -> None:
    """Hide each message for a time from now; a failure is only logged, because the queue delivers the messages anyway."""
    for chunk in in_chunks(records, BATCH):
        try:
            entries = [
                {
                    "Id": str(number),
                    "ReceiptHandle": record["receiptHandle"],
                    "VisibilityTimeout": seconds_of(record),
                }
                for number, record in enumerate(chunk)
            ]
            url = queue_url_of(chunk[0]["eventSourceARN"])
            client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=entries)
        except Exception:
            logger.exception("visibility of messages not changed", messages=len(chunk))


def pause_s(receives: int) -> int:
    """Return the seconds until the retry of a message after this number of receives."""
    doublings = min(receives, 10) - 1
    return min(FIRST_PAUSE_S << doublings, MOST_PAUSE_S)
