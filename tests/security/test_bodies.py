"""Malicious bodies must not be accepted as another type, exhaust the memory, or stop the platform."""

import json
from itertools import count
from typing import Any

import pytest

from postrider.http.handlers import MAX_BODY_BYTES
from tests.testing.callers import WITH_BODY, Callers, callers_of, malformed
from tests.testing.dialects import problems_of
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.full_account import FurnishedAccount, populate
from tests.testing.factories.records import add_records
from tests.testing.harness import Api
from tests.testing.operations import by_tag

WITH_JSON = [operation for operation in WITH_BODY if operation.content_type == "application/json"]
JSON = {"Content-Type": "application/json"}
ONE_OF_EACH_API = list({id(operation.document): operation for operation in WITH_JSON}.values())


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def callers(owner) -> Callers:
    ids = populate(owner)
    return callers_of(FurnishedAccount(owner, ids | add_records(owner, ids)))


@pytest.mark.parametrize("operations", by_tag(WITH_JSON))
def test_a_list_is_no_object(callers, subtests, operations):
    """The framework would take its first element."""
    for operation in operations:
        with subtests.test(str(operation)):
            answer = callers.call(operation, json=[callers.sample(operation), {}])
            assert answer.status == malformed(operation)
            assert problems_of(operation, answer) == []
            assert "body" in answer.text


@pytest.mark.parametrize(
    "text",
    [
        '"text"',
        "5",
        "true",
        "{",
        '{"name": NaN}',
        '{"name": Infinity}',
        '{"name": "\\ud800"}',
        '{"name": ' + "9" * 5000 + "}",
        '{"name": ' + "[" * 200_000 + "]" * 200_000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_invalid_json_is_malformed_and_no_fault(callers, text):
    for operation in ONE_OF_EACH_API:
        answer = callers.call(operation, json=None, body=text, headers=JSON)
        assert answer.status == malformed(operation)
        assert problems_of(operation, answer) == []


@pytest.mark.parametrize("raw", [b"\xff\xfe{}", b"\x00", b'{"tag": "\xc3"}'], ids=["utf-16", "nul", "cut"])
def test_bytes_that_are_no_utf_8_are_no_fault(owner, raw):
    assert owner.api.post("/tags", body=raw, headers=JSON).status == 422


def test_a_stranger_learns_of_the_token_first():
    answer = Api().post("/tags", json=[])
    assert answer.status == 401


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_another_kind_of_body_is_no_fault(owner, kind):
    answer = owner.api.post("/tags", body='{"tag": "a"}', headers={"Content-Type": kind})
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("encoded", [False, True])
def test_a_too_large_body_is_refused_without_decoding(owner, encoded):
    text = '{"tag": "' + "x" * MAX_BODY_BYTES + '"}'
    answer = owner.api.post("/tags", body=text.encode() if encoded else text, headers=JSON)
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "too_large")


def test_a_body_at_the_limit_is_read(owner):
    text = '{"tag": "large-1", "more": ""}'
    text = text.replace('""', '"' + "x" * (MAX_BODY_BYTES - len(text)) + '"')
    assert owner.api.post("/tags", body=text, headers=JSON).status == 201


PROTECTED = {
    **dict.fromkeys(("account_id", "user_id", "lineage", "pk", "sk", "kind", "role", "__class__"), str),
    **dict.fromkeys(("id", "created_on", "created_at", "updated_at", "confirmed_at", "subscribed_at"), int),
    **dict.fromkeys(("version", "sent_count"), int),
    "owner": lambda value: {"account_id": str(value)},
}
"""Properties that only storage and rules know, by how a value of theirs is made from a number."""
VALUES = count(987_654_001)
"""Each operation has one of its own, by which it is known in what is stored."""
TAKES_ATTRIBUTES = {"PUT /api/v1/customers/{identifier}"}
"""Its members are attributes of the person, whatever their name, and `id` is the external id: the contract says so."""


@pytest.mark.parametrize("operations", by_tag(WITH_JSON))
def test_read_only_members_cannot_be_set(callers, platform, subtests, operations):
    """Properties that only storage and rules know are ignored wherever a body is taken."""
    values = {}
    for operation in operations:
        with subtests.test(str(operation)):
            sample = callers.sample(operation)
            known = str(operation.body_schema) + json.dumps(sample)
            value = values[operation] = next(VALUES)
            extra = {name: make(value) for name, make in PROTECTED.items() if f'"{name}"' not in known}
            answer = callers.call(operation, json={**sample, **extra})
            assert answer.status < 500
            assert str(value) not in answer.text
    platform.drain()
    stored = callers.account.stored()
    for operation, value in values.items():
        with subtests.test(f"{operation}, stored"):
            others = _without_attributes(stored) if str(operation) in TAKES_ATTRIBUTES else stored
            assert str(value) not in str(others)


def _without_attributes(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored without attributes and external ids of contacts: their keys and all else are still there."""
    others = ("attributes", "external_id")
    return {
        key: {name: value for name, value in item.items() if name not in others}
        for key, item in stored.items()
        if item.get("kind") != {"S": "externalid"}
    }
