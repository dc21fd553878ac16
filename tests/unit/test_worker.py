"""Queue consumers: only failed messages are reported, no exception escapes, and one log line has the result."""

import importlib
import threading
from collections.abc import Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from postrider.adapters.sqs import HIDDEN_S, pause_s
from postrider.workers.batches import batch_worker
from postrider.workers.queues import QueueDelivery, delivery_worker, queue_worker, schedule_worker

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)


class Order(BaseModel):
    number: int


def event(*bodies: str, receives: int = 1) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{place}", "body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}
            for place, body in enumerate(bodies)
        ]
    }


def test_a_failing_message_is_reported_alone() -> None:
    done: list[int] = []

    def handle(order: Order) -> None:
        if order.number == 2:
            raise RuntimeError("no")
        done.append(order.number)

    answer = queue_worker(Order, handle)(event('{"number": 1}', '{"number": 2}', '{"number": 3}'), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert done == [1, 3]


def test_a_message_that_is_none_goes_the_way_of_the_dead() -> None:
    answer = queue_worker(Order, lambda order: None)(event("{}", "no json"), CONTEXT)
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["m0", "m1"]


@pytest.mark.parametrize(("receives", "again"), [(1, False), (2, True)])
def test_a_worker_gets_the_delivery_of_its_message(receives: int, again: bool) -> None:
    seen: list[QueueDelivery] = []
    worker = delivery_worker(Order, lambda orders, delivery: seen.append(delivery))
    worker(event('{"number": 1}', receives=receives), CONTEXT)
    assert seen == [QueueDelivery(again=again, time_left_s=30)]


def test_messages_of_the_same_place_are_handled_together_and_repeated_messages_alone() -> None:
    """At most four messages together; failed messages are delivered again, and processed separately."""
    seen: list[list[int]] = []

    def handle(orders: Sequence[Order], delivery: QueueDelivery) -> None:
        seen.append([order.number for order in orders])
        if 7 in seen[-1]:
            raise RuntimeError("no")

    worker = delivery_worker(Order, handle, place_of=lambda order: order.number % 5 or None, together=2)
    bodies = [f'{{"number": {number}}}' for number in (1, 2, 6, 7, 5, 10, 11)]
    answer = worker(event(*bodies, "no json"), CONTEXT)
    assert seen == [[1, 6], [2, 7], [5], [10], [11]]
    assert sorted(failure["itemIdentifier"] for failure in answer["batchItemFailures"]) == ["m1", "m3", "m7"]
    seen.clear()
    worker(event(*bodies[:4], receives=2), CONTEXT)
    assert seen == [[1], [2], [6], [7]]


def test_a_failing_schedule_raises_and_so_sets_off_the_alarm_for_its_errors() -> None:
    def fail() -> dict[str, int]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        schedule_worker("sweep", fail)({}, CONTEXT)
    assert schedule_worker("sweep", lambda: {"started": 2})({}, CONTEXT) == {"started": 2}


@pytest.mark.parametrize("worker_of", [queue_worker, batch_worker])
def test_messages_are_hidden_from_other_workers_only_while_their_worker_lives(
    monkeypatch: pytest.MonkeyPatch, worker_of: Any
) -> None:
    """A short time, extended again and again; failed messages get their pause afterwards."""
    calls: list[tuple[str, list[int]]] = []
    extended = threading.Event()

    class Sqs:
        def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> None:  # noqa: N803
            calls.append((QueueUrl.rpartition("/")[2], [entry["VisibilityTimeout"] for entry in Entries]))
            if len(calls) == 3:
                extended.set()

    monkeypatch.setattr("postrider.adapters.sqs.client", lambda service: Sqs())
    for name in ("HELD_AFTER_S", "EXTENDED_EVERY_S"):
        monkeypatch.setattr(f"postrider.adapters.sqs.{name}", 0.001)

    def handle(_: Any) -> None:
        assert extended.wait(10)
        raise RuntimeError("no")

    records = event('{"number": 1}', '{"number": 2}')
    for record in records["Records"]:
        record |= {"eventSourceARN": "arn:aws:sqs:eu-central-1:1:postrider-orders", "receiptHandle": "r"}
    worker_of(Order, handle)(records, CONTEXT)
    assert calls[:3] == [("postrider-orders", [HIDDEN_S, HIDDEN_S])] * 3
    assert calls[-1] == ("postrider-orders", [pause_s(1), pause_s(1)])
    assert HIDDEN_S <= 90


def test_a_slow_worker_hides_its_messages_before_its_first_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that crashes in its first second must have hidden its messages before."""
    hidden = threading.Event()
    monkeypatch.setattr("postrider.adapters.sqs._change_visibility", lambda records, seconds_of: hidden.set())
    seen: list[bool] = []
    worker = queue_worker(Order, lambda _: seen.append(hidden.wait(0.5)), takes_long=True)
    worker(event('{"number": 1}'), CONTEXT)
    assert seen == [True]


@pytest.mark.parametrize("name", ["send_chunks", "plan_runs", "run_tasks", "add_contacts"])
def test_the_messages_of_these_workers_are_hidden_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    hold = contextmanager(lambda records, *, at_once: (yield held.append(at_once)))
    monkeypatch.setattr("postrider.workers.queues.MessageHold", hold)
    importlib.import_module(f"functions.workers.{name}.handler").lambda_handler({"Records": []}, CONTEXT)
    assert held == [True]
