"""An account with too many calls gets 429, so that other accounts can use the API."""

from datetime import timedelta

import pytest

from infra.bench.meter import Meter
from postrider import bootstrap
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.harness import Api
from tests.testing.kasplo import make_client
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


def test_a_limit_counts_the_calls_of_other_processes(limited):
    owner = make_owner()
    for _ in range(IN_A_WINDOW):
        assert owner.api.get("/tags").status == 200
    bootstrap.reset()  # as a new process, which knows of no calls
    answers = [owner.api.get("/tags").status for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2, "it learns with its first ten"


@pytest.fixture
def limited_tokens(limited):
    """One token has a third of what its account has."""
    with overridden(account_calls_per_s=PER_SECOND, token_calls_per_s=PER_SECOND // 3):
        yield limited


def another_token(platform, owner):
    platform.clock.move(timedelta(seconds=1))  # tokens of the same second are equal
    return Api(Api().post("/token", form={"username": owner.email, "password": PASSWORD}).json["access_token"])


def test_a_token_that_is_used_too_much_leaves_the_rest_of_the_account_to_others(limited_tokens):
    owner = make_owner()
    answers = [owner.api.get("/tags") for _ in range(100)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 90
    assert "per token" in answers[-1].json["detail"][0]["msg"]
    others = [another_token(limited_tokens, owner) for _ in range(2)]
    assert [api.get("/tags").status for api in others for _ in range(10)] == [200] * 20


def test_a_credential_of_another_api_has_the_same_limits(limited_tokens):
    client = make_client(make_owner())
    answers = [client.get("list") for _ in range(11)]
    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "10"
    assert answers[0].headers["ratelimit"] == '"token";r=9;t=10, "account";r=28;t=10'


def test_every_answer_has_the_remaining_calls(limited_tokens):
    api = make_owner().api
    calls = [api.get("/tags"), api.get("/tags", query={"page": "x"}), api.get("/tags/999")]
    calls += [api.post("/tags", json={"tag": "one"}, headers={"Idempotency-Key": "same"}) for _ in range(2)]
    assert [answer.status for answer in calls] == [200, 422, 400, 201, 201]
    assert {answer.headers["ratelimit-policy"] for answer in calls} == {'"token";q=10;w=10, "account";q=30;w=10'}
    left = [f'"token";r={10 - made};t=10, "account";r={30 - made};t=10' for made in range(1, 6)]
    assert [answer.headers["ratelimit"] for answer in calls] == left
    for _ in range(5):
        api.get("/tags")
    refused = api.get("/tags")
    assert (refused.status, refused.headers["ratelimit"]) == (429, '"token";r=0;t=10, "account";r=20;t=10')


def test_malformed_and_repeated_calls_are_limited_too(limited_tokens):
    for call in (
        lambda api: api.get("/tags", query={"page": "x"}),
        lambda api: api.post("/tags", json={"tag": "one"}, headers={"Idempotency-Key": "same"}),
    ):
        api = make_owner().api
        assert [call(api).status == 429 for _ in range(12)] == [False] * 10 + [True] * 2


def test_a_stranger_learns_nothing_about_limits(limited_tokens):
    for answer in (Api().get("/tags"), Api("made.up.token").get("/tags"), Api().get("/nothing")):
        assert not {"ratelimit", "ratelimit-policy"} & set(answer.headers)


def test_few_calls_cost_nothing_and_many_two_writes_in_ten(limited_tokens):
    api = make_owner().api
    api.get("/tags")
    with Meter() as meter:
        for _ in range(8):
            api.get("/tags")
    assert not any("UpdateItem" in call for call in meter.calls)
    with Meter() as meter:
        api.get("/tags")
    assert sum(count for call, count in meter.calls.items() if "UpdateItem" in call) == 2
