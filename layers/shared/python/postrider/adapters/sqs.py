"""Queues on SQS: standard queues, fair by message group.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

import boto3

from postrider.kit.observability import logger
from postrider.kit.settings import queue_url, queue_url_of
from postrider.ports.queue import Message, QueueRefused
from postrider.storage.dynamo import in_chunks

BATCH = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
TRIES = 3
FIRST_PAUSE_S = 30
MOST_PAUSE_S = 900
"""A dead letter is one after half an hour of tries, not after a night of them."""


class SqsQueue:
    @cached_property
    def _sqs(self) -> Any:
        return boto3.client("sqs")

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
        for _ in range(TRIES):
            answer = self._sqs.send_message_batch(QueueUrl=url, Entries=entries)
            refused = {failure["Id"] for failure in answer.get("Failed", [])}
            entries = [entry for entry in entries if entry["Id"] in refused]
            if not entries:
                return
        raise QueueRefused(f"{len(entries)} messages were refused {TRIES} times")


def come_back_soon(records: Sequence[dict[str, Any]], failed: Collection[str]) -> None:
    """Let failed messages (by id) of a batch, as Lambda gets it, be tried again soon at first, then later and later.

    A queue hides a message for six times as long as its worker may run; a failure that was told has ended before.
    """
    again = [record for record in records if record["messageId"] in failed]
    for chunk in in_chunks(again, BATCH):
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
            boto3.client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=entries)
        except Exception:  # they come back all the same, later
            logger.exception("failed messages stay hidden", messages=len(chunk))


def pause_s(receives: int) -> int:
    """Seconds until a message that was received so often is tried again."""
    doublings = min(receives, 10) - 1
    return min(FIRST_PAUSE_S << doublings, MOST_PAUSE_S)
