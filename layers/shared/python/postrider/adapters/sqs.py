"""Enqueue messages on SQS: standard queues that are fair between message groups.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

from collections.abc import Collection, Sequence
from typing import Any

from postrider.aws.clients import client
from postrider.kit.chunks import in_chunks
from postrider.kit.observability import logger
from postrider.kit.pauses import Throttled, pauses
from postrider.kit.settings import queue_url, queue_url_of
from postrider.ports.queue import Message, QueueRefused

BATCH = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
FIRST_PAUSE_S = 30
MOST_PAUSE_S = 900
"""The longest pause. A failing message goes to the dead-letter queue after half an hour of attempts."""


class SqsQueue:
    def send(self, queue: str, messages: Sequence[Message], *, group: str, delay_s: int = 0) -> None:
        url = queue_url(queue)
        for chunk in in_chunks(messages, BATCH):
            entries = [
                {
                    "Id": str(number),
                    "MessageBody": message.model_dump_json(),
                    "MessageGroupId": group,
                    "DelaySeconds": delay_s,
                }
                for number, message in enumerate(chunk)
            ]
            self._send_all(url, entries)

    def _send_all(self, url: str, entries: list[dict[str, Any]]) -> None:
        """Send a batch, and after a pause the entries that were refused. Raises QueueRefused."""
        try:
            for _ in pauses():
                answer = client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
                refused = {failure["Id"] for failure in answer.get("Failed", [])}
                entries = [entry for entry in entries if entry["Id"] in refused]
                if not entries:
                    return
        except Throttled as exc:
            raise QueueRefused(f"{len(entries)} messages were {exc}") from exc


def retry_soon(records: Sequence[dict[str, Any]], failed: Collection[str]) -> None:
    """Retry the failed messages (by id) of a Lambda batch soon at first, then after longer and longer pauses.

    Without this, a queue hides a message for six times the longest run of its worker.
    """
    failed_records = [record for record in records if record["messageId"] in failed]
    for chunk in in_chunks(failed_records, BATCH):
        try:
            entries = [
                {
                    "Id": str(number),
                    "ReceiptHandle": record["receiptHandle"],
                    "VisibilityTimeout": pause_s(int(record["attributes"]["ApproximateReceiveCount"])),
                }
                for number, record in enumerate(chunk)
            ]
            url = queue_url_of(chunk[0]["eventSourceARN"])
            client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=entries)
        except Exception:  # the queue delivers them again anyway, but later
            logger.exception("visibility of failed messages not changed", messages=len(chunk))


def pause_s(receives: int) -> int:
    """Return the seconds until a message that was received this often is retried."""
    doublings = min(receives, 10) - 1
    return min(FIRST_PAUSE_S << doublings, MOST_PAUSE_S)
