"""`make redrive`: puts what lies in the dead-letter queues of a deployment back on the queues it came from.

Every message may be repeated, so moving one too often does no harm.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.functions import QUEUES


@dataclass(frozen=True)
class DeadLetters:
    """Of one worker; `waiting` is SQS's own estimate."""

    queue: str
    arn: str
    waiting: int


def dead_letters(stage: str, sqs: Any) -> Iterator[DeadLetters]:
    """Return the dead letters of every worker of the stage. Raises ClientError when the stage is not deployed."""
    for name in QUEUES:
        url = sqs.get_queue_url(QueueName=f"postrider-{stage}-{name}-dead-letters")["QueueUrl"]
        wanted = ["QueueArn", "ApproximateNumberOfMessages"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        yield DeadLetters(name, attributes["QueueArn"], int(attributes["ApproximateNumberOfMessages"]))


def redrive(stage: str, queue: str) -> None:
    """Move the messages of a dead-letter queue, or of all when `queue` is empty, back to their queues; print the result."""
    if queue and queue not in QUEUES:
        sys.exit(f"Unknown queue {queue!r}: expected one of {', '.join(QUEUES)}.")
    sqs = boto3.client("sqs")
    try:
        all_queues = list(dead_letters(stage, sqs))
    except ClientError as exc:
        sys.exit(f"The stage {stage} is not deployed in this account and region: {exc}")
    for letters in all_queues:
        line = f"{letters.queue}: {letters.waiting} waiting"
        if letters.waiting and queue in ("", letters.queue):
            sqs.start_message_move_task(SourceArn=letters.arn)
            line += ", moving back"
        print(line)


if __name__ == "__main__":
    redrive(os.environ.get("STAGE", "prod"), os.environ.get("QUEUE", ""))
