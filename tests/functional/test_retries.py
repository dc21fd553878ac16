"""A message that failed is tried again soon, then later and later, and not after hours."""

import pytest
from botocore.client import BaseClient

from postrider.adapters.sqs import FIRST_PAUSE_S, HIDDEN_S, MOST_PAUSE_S, SqsQueue, pause_s
from postrider.delivery.queue_messages import PLAN_QUEUE, StartRun
from postrider.kit import pauses
from postrider.mail_events.source import MailSource
from postrider.ports.queue import QueueRefused
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


@pytest.mark.parametrize("queue", ["run-tasks", "record-ses-events"])
def test_failed_messages_are_repeated_soon_and_then_later(platform, hidden, queue):
    url = platform.aws.queues[queue]
    platform.aws.client("sqs").send_message(QueueUrl=url, MessageBody=NO_TASK)
    for _ in range(3):
        drained: Drained = platform.drain(queue)
        assert len(drained.failed) == 1
    pauses = [seconds for seconds in hidden if seconds != HIDDEN_S]  # for which a worker at work hides them
    assert pauses == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]


def test_pauses_grow_to_an_end():
    pauses = [pause_s(receives) for receives in range(1, 30)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE_S, MOST_PAUSE_S)


def test_entries_that_sqs_refuses_are_sent_again_after_growing_pauses(platform, monkeypatch):
    """SQS refuses single entries of a batch when it is throttled; the SDK repeats only whole calls."""
    slept, call, refusals = [], BaseClient._make_api_call, [4]

    def throttled(client, operation, parameters):
        if operation == "SendMessageBatch" and refusals[0]:
            refusals[0] -= 1
            return {"Failed": [{"Id": entry["Id"], "Code": "Throttled"} for entry in parameters["Entries"]]}
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", throttled)
    monkeypatch.setattr(pauses.time, "sleep", slept.append)
    monkeypatch.setattr(pauses.random, "uniform", lambda low, high: high)
    platform.aws.purge()
    message = StartRun(account_id="1", source=MailSource.campaign(987654321))
    SqsQueue().send(PLAN_QUEUE, [message], group="1")
    assert slept == [
        2 * pauses.FIRST_PAUSE_S,
        4 * pauses.FIRST_PAUSE_S,
        8 * pauses.FIRST_PAUSE_S,
        16 * pauses.FIRST_PAUSE_S,
    ]
    assert len(platform.aws.messages(PLAN_QUEUE)) == 1
    refusals[0] = 1000
    with pytest.raises(QueueRefused, match="1 messages were refused 8 times"):
        SqsQueue().send(PLAN_QUEUE, [message], group="1")
