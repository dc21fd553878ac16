"""Run `make redrive`: move the messages in dead-letter queues of a deployment back to their queues.

Workers may process a message repeatedly, so that repeating the command is safe. It needs AWS: the stand-in of `make run` does not
support the move (StartMessageMoveTask).
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
    """The dead letters of a worker; `waiting` is an estimate by SQS."""

    queue: str
    arn: str
    waiting: int


def dead_letters(stage: str, sqs: Any) -> Iterator[DeadLetters]:
    """Return the dead letters of every worker of the stage. Raises ClientError if the stage is not deployed."""
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
