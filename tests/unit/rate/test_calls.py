"""Limits of calls of an account, counted by many processes that synchronize now and then."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.kit.errors import RateLimited
from postrider.rate_limits.calls import COUNTED_TOGETHER, WINDOW_S, CallLimit
from tests.testing.clock import MovableClock

PER_SECOND = 5
MOST = PER_SECOND * WINDOW_S


class Counts:
    def __init__(self) -> None:
        self.kept: Counter[tuple[str, int]] = Counter()
        self.asked = 0

    def add(self, account_id: str, token: str, window: int, calls: int, *, expires_at: datetime) -> int:
        self.asked += 1
        self.kept[account_id, window] += calls
        return self.kept[account_id, window]


def allowed(process: CallLimit, account_id: str = "1") -> bool:
    try:
        process.take(account_id)
    except RateLimited:
        return False
    return True


@given(st.lists(st.integers(0, 3), min_size=1, max_size=400), st.integers(1, 4))
def test_all_processes_together_keep_the_limit_except_for_calls_not_stored_yet(turns, count):
    counts, clock = Counts(), MovableClock()
    processes = [CallLimit("account", counts, PER_SECOND, clock) for _ in range(count)]
    taken = sum(allowed(processes[turn % count]) for turn in turns)
    assert min(len(turns), MOST) <= taken <= MOST + count * (COUNTED_TOGETHER - 1)
    assert counts.asked <= taken / COUNTED_TOGETHER


def test_a_refusal_says_when_to_come_back_and_costs_nothing():
    counts, clock = Counts(), MovableClock()
    clock.move_to(datetime(2026, 3, 2, 9, 0, 4, tzinfo=UTC))
    process = CallLimit("account", counts, PER_SECOND, clock)
    assert all(allowed(process) for _ in range(MOST))
    asked = counts.asked
    with pytest.raises(RateLimited) as refused:
        process.take("1")
    assert refused.value.details == {"retry_after_s": 6}
    assert not any(allowed(process) for _ in range(1000))
    assert counts.asked == asked
    assert allowed(process, "2"), "another account"
    clock.move(timedelta(seconds=6))
    assert allowed(process)


def test_an_account_that_calls_little_costs_nothing():
    counts, clock = Counts(), MovableClock()
    process = CallLimit("account", counts, PER_SECOND, clock)
    for _ in range(100):
        process.take("1")
        clock.move(timedelta(seconds=2))
    assert counts.asked == 0
