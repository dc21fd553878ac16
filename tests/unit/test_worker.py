"""Queue consumers: what fails is reported alone, nothing raises, and one line says what was done."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from postrider.workers.queues import Delivery, delivery_worker, queue_worker, schedule_worker

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
def test_a_worker_may_know_how_its_message_came(receives: int, again: bool) -> None:
    seen: list[Delivery] = []
    worker = delivery_worker(Order, lambda orders, delivery: seen.append(delivery))
    worker(event('{"number": 1}', receives=receives), CONTEXT)
    assert seen == [Delivery(again=again, time_left_s=30)]


def test_messages_of_one_place_are_handled_together_and_repeated_ones_alone() -> None:
    """Four at most; what fails together comes back, and is tried alone."""
    seen: list[list[int]] = []

    def handle(orders: Sequence[Order], delivery: Delivery) -> None:
        seen.append([order.number for order in orders])
        if 7 in seen[-1]:
            raise RuntimeError("no")

    worker = delivery_worker(Order, handle, place_of=lambda order: order.number % 5 or None, together=2)
    bodies = [f'{{"number": {number}}}' for number in (1, 2, 6, 7, 5, 10, 11)]
    answer = worker(event(*bodies, "no json"), CONTEXT)
    assert seen == [[1, 6], [2, 7], [5], [10], [11]]
    assert sorted(one["itemIdentifier"] for one in answer["batchItemFailures"]) == ["m1", "m3", "m7"]
    seen.clear()
    worker(event(*bodies[:4], receives=2), CONTEXT)
    assert seen == [[1], [2], [6], [7]]


def test_a_failing_schedule_says_so_and_does_not_raise() -> None:
    def fail() -> dict[str, int]:
        raise RuntimeError("no")

    assert schedule_worker("sweep", fail)({}, CONTEXT) == {"failed": True}
    assert schedule_worker("sweep", lambda: {"started": 2})({}, CONTEXT) == {"started": 2}
