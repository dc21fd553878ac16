"""Mails leave at their moments, or not with this lease."""

import threading
from datetime import timedelta

import pytest

from postrider.delivery.rate.model import Lease
from postrider.delivery.rate.pacer import Pacer
from tests.testing.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


def lease(clock: MovableClock, count: int, spacing_s: float = 0.5) -> Lease:
    return Lease(start=clock().timestamp() + 1, spacing_s=spacing_s, count=count, tolerance_s=0.02)


def pacer(clock: MovableClock, threads: int = 0) -> Pacer:
    return Pacer(clock, lambda seconds: clock.move(timedelta(seconds=seconds)), threads=threads)


def test_each_leaves_at_its_moment(clock: MovableClock) -> None:
    began = clock()
    left = pacer(clock).run(lease(clock, 4), 1, [clock] * 3, threading.Event())
    assert [round((moment - began).total_seconds(), 3) for moment in left if moment] == [1.5, 2.0, 2.5]


def test_who_is_late_does_not_leave(clock: MovableClock) -> None:
    def slow() -> str:
        clock.move(timedelta(seconds=0.6))
        return "sent"

    answers = pacer(clock).run(lease(clock, 4), 0, [slow, lambda: "sent", lambda: "sent"], threading.Event())
    assert answers == ["sent", None, "sent"]


@pytest.mark.parametrize("threads", [0, 3])
def test_nobody_leaves_once_it_was_stopped(clock: MovableClock, threads: int) -> None:
    stopped = threading.Event()
    stopped.set()
    assert pacer(clock, threads).run(lease(clock, 3), 0, [lambda: "sent"] * 3, stopped) == [None] * 3


def test_answers_come_in_order_from_threads(clock: MovableClock) -> None:
    gate = threading.Barrier(3, timeout=10)
    jobs = [lambda number=number: (gate.wait(), number)[1] for number in range(3)]
    assert pacer(clock, 3).run(lease(clock, 3, spacing_s=0.001), 0, jobs, threading.Event()) == [0, 1, 2]
