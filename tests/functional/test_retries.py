"""A message that failed is tried again soon, then later and later, and not after hours."""

import pytest
from botocore.client import BaseClient

from postrider.adapters.sqs import FIRST_PAUSE_S, MOST_PAUSE_S, pause_s
from tests.testing.standin import Drained

NO_TASK = '{"account_id": "1", "task_id": "none", "part": 5}'


@pytest.fixture
def hidden(platform, monkeypatch):
    """For how long failed messages were hidden."""
    seconds, call = [], BaseClient._make_api_call

    def watched(client, operation, parameters):
        answer = call(client, operation, parameters)
        if operation == "ChangeMessageVisibilityBatch":
            assert not answer.get("Failed")
            seconds.extend(entry["VisibilityTimeout"] for entry in parameters["Entries"])
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    platform.aws.purge()
    return seconds


@pytest.mark.parametrize("queue", ["run-tasks", "record-events"])
def test_what_fails_comes_back_soon_and_then_later(platform, hidden, queue):
    url = platform.aws.queues[queue]
    platform.aws.client("sqs").send_message(QueueUrl=url, MessageBody=NO_TASK)
    for _ in range(3):
        drained: Drained = platform.drain(queue)
        assert len(drained.failed) == 1
    assert hidden == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]


def test_pauses_grow_to_an_end():
    pauses = [pause_s(receives) for receives in range(1, 30)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE_S, MOST_PAUSE_S)
