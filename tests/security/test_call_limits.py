"""An account whose program runs wild is told to wait, and leaves the API to the others."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from tests.testing.factories.accounts import make_owner
from tests.testing.overrides import overridden

PER_SECOND = 3
IN_A_WINDOW = 30


@pytest.fixture
def limited(platform):
    platform.clock.move_to(platform.clock().replace(second=0) + timedelta(minutes=1))
    with overridden(account_calls_per_s=PER_SECOND):
        yield platform


def test_ten_times_the_limit_gets_the_limit(limited):
    owner, other = make_owner(), make_owner()
    answers = [owner.api.get("/tags") for _ in range(10 * IN_A_WINDOW)]
    assert [answer.status for answer in answers] == [200] * IN_A_WINDOW + [429] * 9 * IN_A_WINDOW
    last = answers[-1]
    assert (last.headers["retry-after"], last.json["detail"][0]["type"]) == ("10", "too_many_calls")
    assert owner.api.post("/tags", json={"tag": "late"}).status == 429
    assert other.api.get("/tags").status == 200
    limited.clock.move(timedelta(seconds=int(last.headers["retry-after"])))
    assert owner.api.get("/tags").json["data"] == []


def test_a_limit_counts_what_other_processes_let_through(limited):
    owner = make_owner()
    for _ in range(IN_A_WINDOW):
        assert owner.api.get("/tags").status == 200
    bootstrap.reset()  # as a new process, which knows of no calls
    answers = [owner.api.get("/tags").status for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2, "it learns with its first ten"
