"""Tenant isolation, generated from the OpenAPI document: another account's ids are as unknown as ids that never were.

All operations of a tag are called in one sweep, after which what is stored is compared once.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.testing.factories.accounts import PASSWORD, Owner, make_owner
from tests.testing.factories.full_account import BODY_IDS, FurnishedAccount, make_furnished_account
from tests.testing.harness import Answer, Api
from tests.testing.operations import SECURED, Operation, by_tag
from tests.testing.snapshot import items_of_account
from tests.testing.sweeps import answers_without_change

TAKES_ACCOUNT = [
    operation for operation in SECURED if any(p["name"] == "account_id" for p in operation.parameters("query"))
]
CARRYING = [operation for operation in SECURED if "an id" in str(operation.sample(dict.fromkeys(BODY_IDS, "an id")))]
"""Operations whose body names other things by their ids."""
READS_BY_POST = {"/people/export"}
"""A body keeps the address out of logs of URLs."""
WRITES = [operation for operation in SECURED if operation.method != "GET" and operation.path not in READS_BY_POST]
ROUTES = Path(__file__).parents[2] / "functions" / "api"
NOUNS = {noun for path in ROUTES.rglob("routes_*.py") for noun in re.findall(r'needs\(\s*"(\w+):', path.read_text())}
"""The nouns of all rights that routes need."""
ONLY_READS = ",".join(f"{noun}:read" for noun in sorted(NOUNS))
NO_RIGHT = "nothing:read"
"""A right that no operation asks for."""


@dataclass(frozen=True)
class Meeting:
    """An account with one of everything, and another one that must not reach it."""

    victim: FurnishedAccount
    stranger: Owner

    def stored(self) -> Any:
        """Return all that is stored of the victim, and the places in the stranger's account that refer to it."""
        sender_id, list_id = self.victim.ids["sender_id"], str(self.victim.ids["list_id"])
        references = [
            place
            for place, item in items_of_account(self.stranger.account_id).items()
            if sender_id in str(item) or list_id in item.get("list_id", {}).values()
        ]
        return self.victim.stored(), references


@pytest.fixture(scope="module")
def victim(platform) -> FurnishedAccount:
    account = make_furnished_account()
    platform.drain()
    return account


@pytest.fixture(scope="module")
def stranger(platform) -> Owner:
    """Return an account without any data."""
    return make_owner()


@pytest.fixture(scope="module")
def intruder(platform) -> FurnishedAccount:
    """An account with one object of each kind: the ids in its paths are its own, those in its bodies are not."""
    return make_furnished_account()


@cache
def client_with(scopes: str, owner: Owner) -> Api:
    form = {"username": owner.email, "password": PASSWORD, "scopes": scopes}
    return Api(Api().post("/token", form=form).json["access_token"])


def make_account_with_client(scopes: str) -> FurnishedAccount:
    """Make an account whose client is logged in: that stores a refresh token."""
    account = make_furnished_account()
    client_with(scopes, account.owner)
    return account


def test_a_change_would_be_seen(victim, platform):
    """By every kind of write; the tests below would pass for nothing otherwise."""
    api, list_id = victim.api, victim.ids["list_id"]
    new = [{"email": f"seen{number}@example.com"} for number in range(2)]
    before = victim.stored()
    for change in (
        lambda: api.post("/tags", json={"tag": "seen"}),
        lambda: api.delete("/tags/seen"),
        lambda: api.post(f"/lists/{list_id}/contacts", json={"email": "seen@example.com"}),
        lambda: api.post(f"/lists/{list_id}/import-contacts", json={"contacts": new}),
    ):
        assert change().status < 300
        after = victim.stored()
        assert after != before
        before = after
    platform.drain()


def test_calls_that_change_something_are_named(victim, platform):
    def call(account: FurnishedAccount, tag: str) -> Answer:
        return account.api.post("/tags", json={"tag": tag})

    tags = ["vip", "first-change", "second-change"]
    with pytest.raises(pytest.fail.Exception, match=r"what is stored: first-change, second-change$"):
        answers_without_change(platform, victim, make_furnished_account, tags, call)


@pytest.mark.parametrize("operations", by_tag(SECURED))
def test_ids_of_another_account_are_unknown_and_its_data_does_not_change(
    victim, stranger, platform, subtests, operations
):
    def call(meeting: Meeting, operation: Operation) -> Answer:
        return operation.call(meeting.stranger.api, meeting.victim.ids)

    def meet() -> Meeting:
        return Meeting(make_furnished_account(), make_owner())

    for operation, answer in answers_without_change(platform, Meeting(victim, stranger), meet, operations, call):
        with subtests.test(str(operation)):
            body = str(operation.arguments(victim.ids)[1].get("json"))
            if "{" in operation.path:
                assert answer.status == 400, answer.text
                assert answer.json["detail"][0]["loc"][0] in ("path", "body"), "what is wrong is named"
            if answer.status < 300:
                names_something = "{" in operation.path or any(str(value) in body for value in victim.ids.values())
                assert not names_something or not victim.is_mentioned(answer.text)


@pytest.mark.parametrize("operations", by_tag(CARRYING))
def test_on_its_own_things_no_account_reaches_others_by_ids_in_a_body(victim, intruder, platform, subtests, operations):
    accounts = {intruder.owner: intruder}

    def call(meeting: Meeting, operation: Operation) -> Answer:
        own = accounts[meeting.stranger].ids
        return operation.call(meeting.stranger.api, own, body_ids=meeting.victim.ids)

    def meet() -> Meeting:
        account = make_furnished_account()
        accounts[account.owner] = account
        return Meeting(make_furnished_account(), account.owner)

    meeting = Meeting(victim, intruder.owner)
    for operation, answer in answers_without_change(platform, meeting, meet, operations, call):
        with subtests.test(str(operation)):
            assert not victim.is_mentioned(answer.text)


@pytest.mark.parametrize("operations", by_tag(TAKES_ACCOUNT))
def test_another_account_cannot_be_acted_in(victim, stranger, platform, subtests, operations):
    def call(meeting: Meeting, operation: Operation) -> Answer:
        account_id = meeting.victim.owner.account_id
        return operation.call(meeting.stranger.api, meeting.victim.ids, query={"account_id": account_id})

    def meet() -> Meeting:
        return Meeting(make_furnished_account(), make_owner())

    for operation, answer in answers_without_change(platform, Meeting(victim, stranger), meet, operations, call):
        with subtests.test(str(operation)):
            assert (answer.status, answer.json["detail"][0]["code"]) == (400, 8004)


@pytest.mark.parametrize("operations", by_tag(SECURED))
def test_every_operation_needs_a_token(victim, subtests, operations):
    for operation in operations:
        with subtests.test(str(operation)):
            answer = operation.call(Api(), victim.ids)
            assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("operations", by_tag(WRITES))
def test_a_token_that_may_only_read_does_not_write(victim, platform, subtests, operations):
    def call(account: FurnishedAccount, operation: Operation) -> Answer:
        return operation.call(client_with(ONLY_READS, account.owner), account.ids)

    def make_account() -> FurnishedAccount:
        return make_account_with_client(ONLY_READS)

    client_with(ONLY_READS, victim.owner)
    for operation, answer in answers_without_change(platform, victim, make_account, operations, call):
        with subtests.test(str(operation)):
            assert answer.status == 403


@pytest.mark.parametrize("operations", by_tag(SECURED))
def test_a_token_without_the_right_does_and_reads_nothing(victim, platform, subtests, operations):
    def call(account: FurnishedAccount, operation: Operation) -> Answer:
        return operation.call(client_with(NO_RIGHT, account.owner), account.ids)

    def make_account() -> FurnishedAccount:
        return make_account_with_client(NO_RIGHT)

    client_with(NO_RIGHT, victim.owner)
    for operation, answer in answers_without_change(platform, victim, make_account, operations, call):
        with subtests.test(str(operation)):
            assert answer.status == 403
            assert not victim.is_mentioned(answer.text)
