"""The stand-in for AWS as a fixture: one process per test worker, with every table, queue, bucket, key and secret.

Handlers run in the test's own process against it, and so does its DynamoDB (dynamodb_in_process.py). Import the fixture
`standin` in a conftest.py; it sets the environment before any client is built. Functions are not deployed here: `drain`
plays the event source mappings.
"""

import importlib
import json
import os
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.dns_server import LocalDns
from infra.local.ses.identities import Identities
from infra.local.ses.server import LocalSes
from infra.local.standin import ACCOUNT_ID, REGION, Standin
from postrider.adapters.dns import DnsPythonResolver
from postrider.kit.settings import names
from tests.testing.dynamodb_in_process import DynamoDbInProcess
from tests.testing.grants import acting_as, enforced
from tests.testing.message_counts import MessageCounts

WORKERS = Path(__file__).parents[2] / "functions" / "workers"
PUBLIC_BASE_URL = "https://mail.example.com"
EVENT_QUEUE = "record-ses-events"  # where SES's events arrive through SNS
EVENT_TYPES = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "RENDERING_FAILURE"]
BATCH = 10
MAX_ROUNDS = 500
VISIBILITY_S = 30


def queue_names() -> list[str]:
    """Return the names of the queues; every worker consumes the queue of its name."""
    return sorted(path.parent.name.replace("_", "-") for path in WORKERS.glob("*/handler.py"))


@dataclass
class Drained:
    handled: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of the messages that a worker reported as failed; they are back in their queue."""


class LocalAws:
    """The resources of a deployment in a new stand-in, made without CloudFormation."""

    def __init__(self, *, is_dynamodb_in_process: bool = True) -> None:
        """Start the stand-in. DynamoDB in this process is faster, and other processes need `environment_of_processes`."""
        self.standin = Standin()
        self.standin.start()
        self.dns = LocalDns()
        identities = Identities(DnsPythonResolver(self.dns.address).look_up)
        self.ses = LocalSes(standin_port=self.standin.port, identities=identities)
        self.ses.account.configure(max_send_rate=100_000)
        self.queues: dict[str, str] = {}
        self._clients: dict[str, Any] = {}
        self._saved = dict(os.environ)
        dynamodb = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB")
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ |= self.standin.sdk_environment()
        os.environ |= {"AWS_ENDPOINT_URL_SESV2": self.ses.endpoint, "DNS_SERVERS": self.dns.address}
        self._dynamodb = DynamoDbInProcess(self.standin.endpoint) if is_dynamodb_in_process and not dynamodb else None
        if dynamodb:  # `make test-dynamodb-local`
            os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb
        if self._dynamodb is not None:
            self._dynamodb.start()
        self._make_resources()
        self._message_counts = MessageCounts()
        self._message_counts.start()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.standin.client(service)
        return self._clients[service]

    def close(self) -> None:
        self._message_counts.stop()
        if self._dynamodb is not None:
            self._dynamodb.stop()
        os.environ.clear()
        os.environ |= self._saved
        self.ses.close()
        self.dns.close()
        self.standin.stop()

    @contextmanager
    def environment_of_processes(self) -> Iterator[dict[str, str]]:
        """Yield the environment of other processes that are to see the same data as this one."""
        if self._dynamodb is None:
            yield dict(os.environ)
            return
        with self._dynamodb.served() as url:
            yield os.environ | {"AWS_ENDPOINT_URL_DYNAMODB": url}

    def messages(self, queue: str, *, limit: int = BATCH) -> list[dict[str, Any]]:
        """Receive visible messages like SQS; unless deleted, they become visible again after VISIBILITY_S."""
        answer = self.client("sqs").receive_message(
            QueueUrl=self.queues[queue],
            MaxNumberOfMessages=min(limit, BATCH),
            VisibilityTimeout=VISIBILITY_S,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def drain(self, *queues: str, rounds: int | None = None) -> Drained:
        """Run the workers of these queues (default: all that may hold messages) until none has a visible one left.

        A message that fails goes back to its queue at the end, once; the events of mails sent so far are waited for.
        With `rounds`, each worker is run as often at most: what it enqueues in the last round is left.
        """
        drained, returned = Drained(), []
        for _ in range(MAX_ROUNDS if rounds is None else rounds):
            self.ses.flush()
            names = queues or [name for name in self.queues if self._may_hold_messages(name)]
            batches = [(name, batch) for name in names if (batch := self.messages(name))]
            if not batches:
                break
            for name, batch in batches:
                failed = self._work(name, batch)
                drained.handled += len(batch) - len(failed)
                drained.failed += [json.loads(message["Body"]) for message in failed]
                returned += [(name, message["ReceiptHandle"]) for message in failed]
        else:
            assert rounds is not None, (
                f"queues {queues or 'of all workers'} still had messages after {MAX_ROUNDS} rounds"
            )
        for name, receipt in returned:
            self.client("sqs").change_message_visibility(
                QueueUrl=self.queues[name], ReceiptHandle=receipt, VisibilityTimeout=0
            )
        return drained

    def _may_hold_messages(self, queue: str) -> bool:
        return queue == EVENT_QUEUE or self._message_counts.may_hold(self.queues[queue])  # events come through SNS

    def purge(self) -> None:
        """Empty all queues that may hold messages."""
        for name, url in self.queues.items():
            if self._may_hold_messages(name):
                self.client("sqs").purge_queue(QueueUrl=url)

    def _work(self, queue: str, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Invoke the worker with these messages. Return the failed ones; the others are deleted."""
        module = importlib.import_module(f"functions.workers.{queue.replace('-', '_')}.handler")
        with acting_as(module.__name__):
            result = module.lambda_handler(sqs_event(queue, messages), lambda_context(queue)) or {}
        failed_ids = {failure["itemIdentifier"] for failure in result.get("batchItemFailures", [])}
        done = [message for message in messages if message["MessageId"] not in failed_ids]
        if done:
            entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in done]
            self.client("sqs").delete_message_batch(QueueUrl=self.queues[queue], Entries=entries)
        return [message for message in messages if message["MessageId"] in failed_ids]

    def _make_resources(self) -> None:
        from postrider.bootstrap.tables import (
            ALL_TABLES,  # only now: models read the environment when they are imported
        )

        os.environ["ACCOUNT_ID"] = ACCOUNT_ID
        here = names()
        for model in ALL_TABLES:
            model.create_table(wait=False)
        sqs = self.client("sqs")
        for name in queue_names():
            self.queues[name] = sqs.create_queue(QueueName=here.of(name))["QueueUrl"]
        self.client("scheduler").create_schedule_group(Name=here.schedule_group)
        self.client("s3").create_bucket(Bucket=here.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        key = self.client("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        self.client("secretsmanager").create_secret(Name=here.secret, SecretString=secrets.token_urlsafe(48))
        os.environ |= {
            "SIGNING_KEY_ID": key,
            "PUBLIC_BASE_URL": PUBLIC_BASE_URL,
            "SYSTEM_SENDER_EMAIL": "postrider@example.com",
            "POWERTOOLS_TRACE_DISABLED": "true",
            "POWERTOOLS_METRICS_DISABLED": "true",
        }
        self._route_ses_events()

    def _route_ses_events(self) -> None:
        topic = self.client("sns").create_topic(Name="postrider-ses-events")["TopicArn"]
        sesv2 = self.client("sesv2")
        sesv2.create_configuration_set(ConfigurationSetName=names().configuration_set)
        sesv2.create_configuration_set_event_destination(
            ConfigurationSetName=names().configuration_set,
            EventDestinationName="sns",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": EVENT_TYPES,
                "SnsDestination": {"TopicArn": topic},
            },
        )
        if EVENT_QUEUE in self.queues:
            self.client("sns").subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:postrider-{EVENT_QUEUE}",
                Attributes={"RawMessageDelivery": "true"},
            )


def sqs_event(queue: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:postrider-{queue}",
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def lambda_context(name: str, *, timeout_s: float = 60) -> SimpleNamespace:
    deadline = time.monotonic() + timeout_s
    return SimpleNamespace(
        function_name=name,
        function_version="$LATEST",
        invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}",
        memory_limit_in_mb=512,
        aws_request_id=str(uuid.uuid4()),
        get_remaining_time_in_millis=lambda: int((deadline - time.monotonic()) * 1000),
    )


@pytest.fixture(scope="session")
def standin() -> Iterator[LocalAws]:
    local = LocalAws()
    from tests.testing.snapshot import writes_noticed  # models read the environment when they are imported

    with enforced(), writes_noticed():
        yield local
    local.close()
