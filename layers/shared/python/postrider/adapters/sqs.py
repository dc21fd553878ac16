"""Queues on SQS: standard queues, fair by message group.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import boto3
from pydantic import BaseModel

from postrider.kit.dynamo import in_chunks
from postrider.kit.settings import queue_url
from postrider.ports.queue import QueueRefused

BATCH = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""
TRIES = 3


class SqsQueue:
    @cached_property
    def _sqs(self) -> Any:
        return boto3.client("sqs")

    def send(self, queue: str, messages: Sequence[BaseModel], *, group: str, delay_s: int = 0) -> None:
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
