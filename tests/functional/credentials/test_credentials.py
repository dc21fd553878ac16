"""Credentials: made and revoked by an owner, good for one account, and told once."""

import time

import pytest

from postrider import bootstrap
from postrider.credentials.service import CACHE_S, MAX_PER_ACCOUNT
from postrider.kit.errors import Unauthenticated
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.harness import Api
from tests.testing.snapshot import items_of_account

pytestmark = pytest.mark.usefixtures("platform")


def make_credential(owner, **fields):
    answer = owner.api.post("/credentials", json={"dialect": "kasplo", **fields})
    assert answer.status == 201, answer.text
    return answer.json


@pytest.fixture
def owner():
    return make_owner()


def caller_of(credential):
    return bootstrap.credentials().caller_of("kasplo", credential["data"]["public"], credential["secret"])


def test_the_answer_says_how_to_call(owner):
    answer = owner.api.post("/credentials", json={"dialect": "kasplo", "description": "shop"})
    data = answer.json["data"]
    assert (answer.status, answer.json["object"], data["description"]) == (201, "credential", "shop")
    assert len(data["public"]) == 32
    assert int(data["public"], 16) >= 0
    assert answer.json["base_url"] == f"https://mail.example.com/audience/v1/{data['public']}"
    assert answer.json["header"] == "api-key"
    assert answer.json["secret"].endswith(data["hint"])


def test_the_secret_is_shown_once_and_not_stored(owner):
    credential = make_credential(owner)
    listed = owner.api.get("/credentials")
    assert credential["data"] in listed.json["data"]
    assert credential["secret"] not in listed.text
    assert credential["secret"] not in str(items_of_account(owner.account_id))


def test_an_idempotency_key_does_not_keep_the_secret(owner):
    headers = {"Idempotency-Key": "once"}
    first, second = (owner.api.post("/credentials", json={"dialect": "kasplo"}, headers=headers) for _ in range(2))
    assert first.json["secret"] != second.json["secret"]


def test_it_stands_for_the_account_and_its_maker(owner):
    caller = caller_of(make_credential(owner))
    assert (caller.account_id, caller.own_account_id, caller.email) == (owner.account_id, owner.account_id, owner.email)
    assert caller.scopes == {"user"}


def test_halves_of_two_credentials_do_not_fit(owner):
    first, second = make_credential(owner), make_credential(make_owner())
    for secret in (second["secret"], first["secret"][:-1], "", "\ud800"):
        with pytest.raises(Unauthenticated):
            caller_of(first | {"secret": secret})
    with pytest.raises(Unauthenticated):
        bootstrap.credentials().caller_of("other", first["data"]["public"], first["secret"])


def test_a_revoked_credential_is_refused_at_once_where_it_was_revoked_and_soon_everywhere(owner, monkeypatch):
    credential = make_credential(owner)
    elsewhere = bootstrap.credentials()
    assert caller_of(credential)
    bootstrap.reset()
    answer = owner.api.delete(f"/credentials/{credential['id']}")
    assert (answer.status, answer.json["deleted"]) == (200, True)
    assert credential["data"] not in owner.api.get("/credentials").json["data"]
    with pytest.raises(Unauthenticated):
        caller_of(credential)
    later = time.monotonic() + CACHE_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(Unauthenticated):
        elsewhere.caller_of("kasplo", credential["data"]["public"], credential["secret"])
    again = owner.api.delete(f"/credentials/{credential['id']}")
    assert (again.status, again.json["detail"][0]["loc"]) == (400, ["path", "credential_id"])


def test_a_suspended_account_has_no_access(owner):
    credential = make_credential(owner)
    bootstrap.accounts().change(owner.account_id, {"status": "suspended"})
    with pytest.raises(Unauthenticated):
        caller_of(credential)


def test_only_an_owner_or_an_administrator_manages_them(owner):
    """A narrow token of the owner does not either: a credential has all rights."""
    credential_id = make_credential(owner)["id"]
    bootstrap.users().create(owner.account_id, email=f"helper-{owner.email}", password=PASSWORD)
    for username, scopes in ((f"helper-{owner.email}", "user"), (owner.email, "credentials:write")):
        form = {"username": username, "password": PASSWORD, "scopes": scopes}
        api = Api(Api().post("/token", form=form).json["access_token"])
        for answer in (
            api.post("/credentials", json={"dialect": "kasplo"}),
            api.delete(f"/credentials/{credential_id}"),
        ):
            assert (answer.status, answer.json["detail"][0]["type"]) == (403, "owner_required")


def test_an_account_has_so_many_at_most(owner, monkeypatch):
    monkeypatch.setattr("postrider.credentials.service.MAX_PER_ACCOUNT", 1)
    assert MAX_PER_ACCOUNT == 100
    make_credential(owner)
    answer = owner.api.post("/credentials", json={"dialect": "kasplo"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "too_many_credentials")


@pytest.mark.parametrize("body", [{}, {"dialect": "unknown"}, {"dialect": "kasplo", "description": "x" * 256}])
def test_a_body_that_does_not_fit_is_422(owner, body):
    assert owner.api.post("/credentials", json=body).status == 422
