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
    """Of every worker of the stage's stack. Raises ClientError when there is no such stack."""
    found = {}
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=f"Postrider-{stage}"):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::SQS::Queue":
                found[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
    for name in QUEUES:
        prefix = f"queue{name.replace('-', '')}DeadLetters"
        (url,) = (url for logical_id, url in found.items() if logical_id.startswith(prefix))
        asked = ["QueueArn", "ApproximateNumberOfMessages"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
        yield DeadLetters(name, told["QueueArn"], int(told["ApproximateNumberOfMessages"]))


def redrive(stage: str, queue: str) -> None:
    """Move what waits in one dead-letter queue, or in all of them when `queue` is empty; says what it did."""
    if queue and queue not in QUEUES:
        sys.exit(f"There is no queue {queue!r}; there are {', '.join(QUEUES)}.")
    sqs = boto3.client("sqs")
    try:
        all_of_them = list(dead_letters(stage, sqs))
    except ClientError as exc:
        sys.exit(f"The stage {stage} is not deployed in this account and region: {exc}")
    for letters in all_of_them:
        told = f"{letters.queue}: {letters.waiting} waiting"
        if letters.waiting and queue in ("", letters.queue):
            sqs.start_message_move_task(SourceArn=letters.arn)
            told += ", moving back"
        print(told)


if __name__ == "__main__":
    redrive(os.environ.get("STAGE", "prod"), os.environ.get("QUEUE", ""))
