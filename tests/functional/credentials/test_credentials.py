"""Credentials: created and revoked by an owner, valid for one account, and shown once."""

import time
from datetime import timedelta

import pytest

from infra.bench.meter import Meter
from postrider import bootstrap
from postrider.credentials.model import CredentialFormat, Kind
from postrider.credentials.repository import CredentialRepository
from postrider.credentials.service import CACHE_S, MAX_PER_ACCOUNT, CredentialService
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
    return bootstrap.credentials().caller_of("kasplo", credential["secret"], public=credential["data"]["public"])


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


def test_a_credential_acts_for_its_account_and_its_creator(owner):
    caller = caller_of(make_credential(owner))
    assert (caller.account_id, caller.own_account_id, caller.email) == (owner.account_id, owner.account_id, owner.email)
    assert caller.scopes == {"user"}


def test_halves_of_two_credentials_do_not_fit(owner):
    first, second = make_credential(owner), make_credential(make_owner())
    for secret in (second["secret"], first["secret"][:-1], "", "\ud800"):
        with pytest.raises(Unauthenticated):
            caller_of(first | {"secret": secret})
    with pytest.raises(Unauthenticated):
        bootstrap.credentials().caller_of("other", first["secret"], public=first["data"]["public"])


def test_a_revoked_credential_is_refused_at_once_in_the_same_process_and_soon_in_others(owner, monkeypatch):
    credential = make_credential(owner)
    elsewhere = bootstrap.credentials()
    assert caller_of(credential)
    bootstrap.reset()
    answer = owner.api.delete(f"/credentials/{credential['id']}")
    assert (answer.status, answer.json["deleted"]) == (200, True)
    assert credential["data"] not in owner.api.get("/credentials").json["data"]
    with pytest.raises(Unauthenticated):
        caller_of(credential)
    assert CACHE_S <= 20, "a revocation takes effect within 30 seconds"
    later = time.monotonic() + CACHE_S + 0.1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(Unauthenticated):
        elsewhere.caller_of("kasplo", credential["secret"], public=credential["data"]["public"])
    again = owner.api.delete(f"/credentials/{credential['id']}")
    assert (again.status, again.json["detail"][0]["loc"]) == (400, ["path", "credential_id"])


def test_calls_in_between_do_not_prolong_a_revoked_credential(owner, monkeypatch):
    credential = make_credential(owner)
    elsewhere, begun = bootstrap.credentials(), time.monotonic()
    arguments = {"dialect": "kasplo", "secret": credential["secret"], "public": credential["data"]["public"]}
    assert elsewhere.caller_of(**arguments)
    bootstrap.reset()
    owner.api.delete(f"/credentials/{credential['id']}")
    for passed_s in (5, 10, 15, 19):
        monkeypatch.setattr(time, "monotonic", lambda passed_s=passed_s: begun + passed_s)
        assert elsewhere.caller_of(**arguments)
    monkeypatch.setattr(time, "monotonic", lambda: begun + CACHE_S + 1)
    with pytest.raises(Unauthenticated):
        elsewhere.caller_of(**arguments)


def shown(owner, credential):
    (data,) = [data for data in owner.api.get("/credentials").json["data"] if data["id"] == credential["id"]]
    return data


def test_the_last_use_is_shown_to_the_hour(owner, platform):
    credential = make_credential(owner, name="Shop")
    assert (shown(owner, credential)["name"], shown(owner, credential)["last_used_on"]) == ("Shop", None)
    uses = []
    for minutes in (0, 59, 1):
        platform.clock.move(timedelta(minutes=minutes))
        bootstrap.reset()
        with Meter() as meter:
            caller_of(credential)
            caller_of(credential)
        writes = sum(count for call, count in meter.calls.items() if "PutItem" in call)
        uses.append((shown(owner, credential)["last_used_on"], writes))
    now = int(platform.clock().timestamp())
    assert uses == [(now - 3600, 1), (now - 3600, 0), (now, 1)]


def test_a_credential_has_only_its_scopes(owner):
    credential = make_credential(owner, scopes=["lists:read", "tags:read"])
    assert credential["data"]["scopes"] == ["lists:read", "tags:read"]
    assert caller_of(credential).scopes == {"lists:read", "tags:read"}
    assert make_credential(owner)["data"]["scopes"] == ["user"]


def test_a_right_that_the_api_does_not_know_is_refused(owner):
    answer = owner.api.post("/credentials", json={"dialect": "kasplo", "scopes": ["lists:read", "admin"]})
    problem = answer.json["detail"][0]
    assert (answer.status, problem["type"], problem["loc"]) == (400, "scope_unknown", ["body", "scopes", "1"])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.OAUTH])
def test_a_credential_of_each_kind_identifies_its_account(owner, kind):
    form = CredentialFormat(kind=kind, path="/v9", header="key", rights=frozenset())
    credentials = CredentialService(
        CredentialRepository(),
        bootstrap.accounts(),
        bootstrap.users(),
        bootstrap.oauth_clients(),
        b"root",
        bootstrap.clock(),
        "us1",
        {"other": form},
    )
    maker = bootstrap.tokens().caller_of(owner.token)
    (credential, secret), (other, other_secret) = (credentials.create(maker, "other") for _ in range(2))
    assert (credential.public is None) == (kind == Kind.KEY)
    assert credentials.caller_of("other", secret, public=credential.public).account_id == owner.account_id
    with pytest.raises(Unauthenticated):
        credentials.caller_of("other", secret[:-1], public=credential.public)
    credentials.revoke(maker, credential.id)
    with pytest.raises(Unauthenticated):
        credentials.caller_of("other", secret, public=credential.public)
    assert credentials.caller_of("other", other_secret, public=other.public)


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


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dialect": "unknown"},
        {"dialect": "kasplo", "description": "x" * 256},
        {"dialect": "kasplo", "name": "x" * 65},
        {"dialect": "kasplo", "scopes": []},
    ],
)
def test_a_body_that_does_not_fit_is_422(owner, body):
    assert owner.api.post("/credentials", json=body).status == 422
