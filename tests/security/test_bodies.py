"""What a body must not be able to do: pass for something else, take all memory, or bring the platform down."""

import json

import pytest

from infra.openapi import main_document
from postrider.http.app import MAX_BODY_BYTES
from tests.functional.test_isolation import arguments
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.audience import populate
from tests.testing.harness import Api
from tests.testing.samples import body_schema
from tests.testing.snapshot import items_of_account

DOCUMENT = main_document()
WITH_JSON = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if (body_schema(DOCUMENT, operation) or ("",))[0] == "application/json"
]
NAMES = [f"{method} {path}" for method, path, _ in WITH_JSON]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def ids(owner):
    return populate(owner)


@pytest.mark.parametrize(("method", "path", "operation"), WITH_JSON, ids=NAMES)
def test_a_list_is_no_object(owner, ids, method, path, operation):
    """The framework would take its first element."""
    url, options = arguments(operation, path, ids)
    answer = owner.api.call(method, url, json=[options["json"], {}])
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["body"])


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
def test_what_is_no_sane_json_is_422_and_no_fault(owner, text):
    assert owner.api.post("/tags", body=text, headers=JSON).status == 422


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
def test_too_large_a_body_is_refused_before_it_is_read(owner, encoded):
    text = '{"tag": "' + "x" * MAX_BODY_BYTES + '"}'
    answer = owner.api.post("/tags", body=text.encode() if encoded else text, headers=JSON)
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "too_large")


def test_a_body_at_the_limit_is_read(owner):
    text = '{"tag": "large-1", "more": ""}'
    text = text.replace('""', '"' + "x" * (MAX_BODY_BYTES - len(text)) + '"')
    assert owner.api.post("/tags", body=text, headers=JSON).status == 201


PROTECTED = {
    "account_id": "987654321",
    "id": 987654321,
    "user_id": "987654321",
    "lineage": "987654321",
    "created_on": 987654321,
    "created_at": 987654321,
    "updated_at": 987654321,
    "confirmed_at": 987654321,
    "subscribed_at": 987654321,
    "version": 987654321,
    "pk": "987654321",
    "sk": "987654321",
    "kind": "987654321",
    "role": "987654321",
    "sent_count": 987654321,
    "owner": {"account_id": "987654321"},
    "__class__": "987654321",
}


@pytest.mark.parametrize(("method", "path", "operation"), WITH_JSON, ids=NAMES)
def test_nobody_sets_what_is_not_theirs_to_set(owner, ids, platform, method, path, operation):
    """Properties that only storage and rules know are ignored wherever a body is taken."""
    url, options = arguments(operation, path, ids)
    known = str(body_schema(DOCUMENT, operation)[1]) + json.dumps(options["json"])
    extra = {name: value for name, value in PROTECTED.items() if f'"{name}"' not in known}
    answer = owner.api.call(method, url, json={**options["json"], **extra})
    platform.drain()
    assert answer.status < 500
    assert "987654321" not in answer.text
    assert "987654321" not in str(items_of_account(owner.account_id))
