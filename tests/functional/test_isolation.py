"""Tenant isolation, generated from the OpenAPI document: another account's ids are as unknown as ids that never were."""

from typing import Any

import pytest

from infra.openapi import main_document
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.audience import BODY_IDS, populate
from tests.testing.harness import Api, path_text
from tests.testing.samples import body_schema, sample
from tests.testing.snapshot import items_of_account

DOCUMENT = main_document()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
SECURED = [one for one in OPERATIONS if one[2].get("security")]
NAMES = [f"{method} {path}" for method, path, _ in SECURED]
TAKES_ACCOUNT = [
    one
    for one in SECURED
    if any(p["name"] == "account_id" and p["in"] == "query" for p in one[2].get("parameters", []))
]


def arguments(operation: dict[str, Any], path: str, ids: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path with the ids in it, and the rest of the call."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", path_text(ids[parameter["name"]]))
    options: dict[str, Any] = {}
    required = {
        p["name"]: 1_700_000_000 for p in operation.get("parameters", []) if p["in"] == "query" and p.get("required")
    }
    if required:
        options["query"] = required
    found = body_schema(DOCUMENT, operation)
    if found is not None:
        options["json"] = sample(DOCUMENT, found[1], {name: ids[name] for name in BODY_IDS})
    return path, options


def _carries_ids(operation: dict[str, Any]) -> bool:
    found = body_schema(DOCUMENT, operation)
    return found is not None and "an id" in str(sample(DOCUMENT, found[1], dict.fromkeys(BODY_IDS, "an id")))


CARRYING = [one for one in SECURED if _carries_ids(one[2])]


@pytest.fixture(scope="module")
def victim(platform):
    """An account with one of everything, and the ids of it."""
    owner = make_owner()
    ids = populate(owner)
    platform.drain()
    return owner, ids


def test_a_change_would_be_seen(victim, platform):
    """By every kind of write; the tests below would pass for nothing otherwise."""
    owner, ids = victim
    list_id = ids["list_id"]
    new = [{"email": f"seen{number}@example.com"} for number in range(2)]
    before = items_of_account(owner.account_id)
    for change in (
        lambda: owner.api.post("/tags", json={"tag": "seen"}),
        lambda: owner.api.delete("/tags/seen"),
        lambda: owner.api.post(f"/lists/{list_id}/contacts", json={"email": "seen@example.com"}),
        lambda: owner.api.post(f"/lists/{list_id}/import-contacts", json={"contacts": new}),
    ):
        assert change().status < 300
        after = items_of_account(owner.account_id)
        assert after != before
        before = after
    platform.drain()


@pytest.mark.parametrize(("method", "path", "operation"), SECURED, ids=NAMES)
def test_another_accounts_ids_are_unknown_and_nothing_of_it_changes(victim, platform, method, path, operation):
    owner, ids = victim
    stranger = make_owner()
    before = items_of_account(owner.account_id)
    url, options = arguments(operation, path, ids)
    answer = stranger.api.call(method, url, **options)
    platform.drain()
    assert items_of_account(owner.account_id) == before
    names_something = "{" in path or any(str(value) in str(options.get("json")) for value in ids.values())
    if "{" in path:
        assert answer.status == 400, answer.text
        assert answer.json["detail"][0]["loc"][0] in ("path", "body"), "what is wrong is named"
    if answer.status < 300:
        assert not names_something or not mentions(answer.text, ids)


@pytest.fixture(scope="module")
def intruder(platform):
    """Another account with one of everything: its paths are good, only what its bodies name is not its own."""
    owner = make_owner()
    return owner, populate(owner)


@pytest.mark.parametrize(("method", "path", "operation"), CARRYING, ids=[f"{m} {p}" for m, p, _ in CARRYING])
def test_on_its_own_things_no_account_reaches_others_by_ids_in_a_body(
    victim, intruder, platform, method, path, operation
):
    (owner, ids), (stranger, own) = victim, intruder
    options = arguments(operation, path, ids)[1]
    before = items_of_account(owner.account_id)
    answer = stranger.api.call(method, arguments(operation, path, own)[0], **options)
    platform.drain()
    assert items_of_account(owner.account_id) == before
    assert not mentions(answer.text, ids)
    stored = items_of_account(stranger.account_id)
    assert ids["sender_id"] not in str(stored), answer.text
    named = {str(next(iter(item["list_id"].values()))) for item in stored.values() if "list_id" in item}
    assert str(ids["list_id"]) not in named, answer.text


def mentions(text: str, ids: dict[str, Any]) -> bool:
    """Whether an answer tells anything that only the victim's account could know."""
    return any(secret in text for secret in ids["secrets"])


@pytest.mark.parametrize(("method", "path", "operation"), TAKES_ACCOUNT, ids=[f"{m} {p}" for m, p, _ in TAKES_ACCOUNT])
def test_another_account_cannot_be_acted_in(victim, platform, method, path, operation):
    owner, ids = victim
    before = items_of_account(owner.account_id)
    url, options = arguments(operation, path, ids)
    options["query"] = {**options.get("query", {}), "account_id": owner.account_id}
    answer = make_owner().api.call(method, url, **options)
    assert (answer.status, answer.json["detail"][0]["code"]) == (400, 8004)
    assert items_of_account(owner.account_id) == before


@pytest.mark.parametrize(("method", "path", "operation"), SECURED, ids=NAMES)
def test_every_operation_needs_a_token(platform, victim, method, path, operation):
    url, options = arguments(operation, path, victim[1])
    answer = Api().call(method, url, **options)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


NOUNS = (
    *("accounts", "users", "senders", "lists", "attributes", "contacts", "segments", "interests", "tags"),
    *("suppressions", "campaigns", "logs", "reports", "forms", "tasks", "people"),
)
READS_BY_POST = {"/people/export"}
"""A body keeps the address out of logs of URLs."""
WRITES = [one for one in SECURED if one[0] != "GET" and one[1] not in READS_BY_POST]


@pytest.mark.parametrize(("method", "path", "operation"), WRITES, ids=[f"{m} {p}" for m, p, _ in WRITES])
def test_a_token_that_may_only_read_does_not_write(victim, platform, method, path, operation):
    owner, ids = victim
    scopes = ",".join(f"{noun}:read" for noun in NOUNS)
    form = {"username": owner.email, "password": "correct horse battery staple", "scopes": scopes}
    token = Api().post("/token", form=form).json["access_token"]
    before = items_of_account(owner.account_id)
    url, options = arguments(operation, path, ids)
    assert Api(token).call(method, url, **options).status == 403
    assert items_of_account(owner.account_id) == before


@pytest.mark.parametrize(("method", "path", "operation"), SECURED, ids=NAMES)
def test_a_token_without_the_right_does_and_reads_nothing(victim, platform, lacking, method, path, operation):
    ids = victim[1]
    url, options = arguments(operation, path, ids)
    answer = lacking.call(method, url, **options)
    assert answer.status == 403
    assert not mentions(answer.text, ids)


@pytest.fixture(scope="module")
def lacking(victim):
    """A client of the account itself, with a right that no operation asks for."""
    form = {"username": victim[0].email, "password": "correct horse battery staple", "scopes": "nothing:read"}
    return Api(Api().post("/token", form=form).json["access_token"])
