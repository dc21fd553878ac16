"""Limits of Customer.io's App API: exact for all processes together, and switched off with the stage's setting."""

from datetime import timedelta

import pytest

from functions.compat.customerio.limits import ARCHIVED_MESSAGES, TRIGGERS, add_day_limit_headers
from postrider import bootstrap
from postrider.kit.errors import RateLimited
from postrider.rate_limits.current import begin_count
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.overrides import overridden


@pytest.fixture
def limited(platform):
    platform.clock.move_to(platform.clock().replace(hour=12, second=0, microsecond=0) + timedelta(days=1))
    with overridden(has_dialect_limits=True):
        yield platform


def test_an_account_makes_ten_calls_a_second_with_all_its_keys(limited):
    owner = make_owner()
    keys, other = [make_client(owner), make_client(owner)], make_client(make_owner())
    answers = [keys[number % 2].get("/v1/segments") for number in range(12)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 2
    last = answers[-1]
    assert last.headers["retry-after"] == "1"
    assert last.json["errors"] == [
        {"detail": "Too many calls: limit of 10 in one second; retry later.", "status": "429"}
    ]
    assert 'app_api";r=0;t=1' in last.headers["ratelimit"]
    assert other.get("/v1/segments").status == 200
    limited.clock.move(timedelta(seconds=1))
    assert keys[0].get("/v1/segments").status == 200


def test_every_process_counts_for_all(limited):
    client = make_client(make_owner())
    for _ in range(10):
        bootstrap.reset()
        assert client.get("/v1/segments").status == 200
    bootstrap.reset()
    assert client.get("/v1/segments").status == 429


def test_sends_have_a_limit_of_their_own(limited):
    client = make_client(make_owner())
    assert [client.get("/v1/segments").status for _ in range(11)][-1] == 429
    assert client.post("/v1/send/nothing").status == 404


def test_the_track_api_has_no_such_limit(limited):
    client = make_client(make_owner(), TRACK)
    assert {client.get("/api/v1/accounts/region").status for _ in range(12)} == {200}


def test_the_limits_can_be_switched_off(platform):
    client = make_client(make_owner())
    answers = [client.get("/v1/segments") for _ in range(12)]
    assert {answer.status for answer in answers} == {200}


def _headers():
    return add_day_limit_headers({}, {"statusCode": 200})["headers"]


def test_a_day_has_a_hundred_archived_messages(limited):
    """The day begins at midnight in UTC; waiting for it is no advice to a program, so no Retry-After."""
    for number in range(100):
        begin_count()
        bootstrap.dialect_limits().take(ARCHIVED_MESSAGES, "7")
        assert _headers() == {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": str(99 - number)}
    begin_count()
    with pytest.raises(RateLimited) as refused:
        bootstrap.dialect_limits().take(ARCHIVED_MESSAGES, "7")
    assert refused.value.details == {"retry_after_s": None}
    assert _headers() == {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0"}
    limited.clock.move(timedelta(hours=12))
    begin_count()
    bootstrap.dialect_limits().take(ARCHIVED_MESSAGES, "7")
    assert _headers()["X-RateLimit-Remaining"] == "99"


def test_a_turn_comes_ten_seconds_after_the_last_one(limited):
    """Counted from the last turn, so no edge of a window lets two calls through at once."""
    limits = bootstrap.dialect_limits()
    limits.take_turn(TRIGGERS, "7#1")
    limited.clock.move(timedelta(seconds=9, milliseconds=500))
    with pytest.raises(RateLimited) as refused:
        limits.take_turn(TRIGGERS, "7#1")
    assert refused.value.details == {"retry_after_s": 1}
    limits.take_turn(TRIGGERS, "7#2")
    limited.clock.move(timedelta(milliseconds=500))
    limits.take_turn(TRIGGERS, "7#1")
