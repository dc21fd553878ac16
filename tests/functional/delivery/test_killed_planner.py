"""A plan worker whose process is killed, so that none of its handlers and cleanups runs (SIGKILL)."""

import json
import signal
import subprocess
import sys

from tests.conftest import Platform
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.forms import mails_to
from tests.testing.factories.lists import make_list
from tests.testing.standin import sqs_event

KILLED_WORKER = """
import json, os, signal, sys
from datetime import datetime
from types import SimpleNamespace
from botocore.client import BaseClient
from postrider import bootstrap
from tests.testing.fakes import MemoryRunner, MemoryScheduler

event, moment = json.loads(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
bootstrap.use(bootstrap.Overrides(clock=lambda: moment, scheduler=MemoryScheduler(), workflow_runner=MemoryRunner()))
call = BaseClient._make_api_call

def call_and_die(client, operation, params):
    answer = call(client, operation, params)
    if operation == "SendMessageBatch" and params["QueueUrl"].endswith("send-chunks"):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

BaseClient._make_api_call = call_and_die
from functions.workers.plan_runs.handler import lambda_handler
lambda_handler(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))
"""
"""The worker of the plan queue, which is killed when SQS has accepted the chunks of a block."""


def test_a_killed_planner_neither_stops_a_run_nor_mails_anybody_twice(platform: Platform) -> None:
    """The chunks are enqueued, but the block is not marked: the repeated message enqueues them again."""
    owner = make_owner()
    list_id = make_list(owner)
    readers = [f"reader{number}.{owner.account_id}@example.com" for number in range(3)]
    add_contacts(owner, list_id, *readers)
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    assert platform.drain("plan-runs", rounds=1).handled == 1, "the start of the run, which orders its planning"

    (message,) = platform.aws.messages("plan-runs")
    with platform.aws.environment_of_processes() as environment:
        arguments = [json.dumps(sqs_event("plan-runs", [message])), platform.clock().isoformat()]
        worker = subprocess.run([sys.executable, "-c", KILLED_WORKER, *arguments], env=environment, check=False)
    assert worker.returncode == -signal.SIGKILL

    platform.aws.client("sqs").change_message_visibility(
        QueueUrl=platform.aws.queues["plan-runs"], ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )  # instead of the wait for its end
    assert platform.drain("plan-runs").handled == 1
    assert platform.drain("send-chunks").handled == 2, "the chunk of the killed worker, and its repetition"
    assert [len(mails_to(platform, reader)) for reader in readers] == [1, 1, 1]
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["status"] == "delivered"
