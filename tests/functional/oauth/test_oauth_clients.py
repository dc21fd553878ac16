"""Programs are registered and deleted by an owner; only their registration shows the secret."""

import re
from pathlib import Path

import pytest

from postrider.oauth_clients.model import OFFERED
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.oauth import REDIRECT_URI, make_program
from tests.testing.harness import Api
from tests.testing.snapshot import items_of_account

pytestmark = pytest.mark.usefixtures("platform")
NOT_OFFERED = {
    "accounts": "sub-accounts and settings of the company",
    "audit": "what people did, from which addresses",
    "credentials": "a program could make itself one that outlives its token",
    "oauth_clients": "a program could register another one",
    "users": "a program could make itself a user",
}


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


def register(owner, **body):
    return owner.api.post("/oauth-clients", json={"name": "Shop Sync", "redirect_uris": [REDIRECT_URI]} | body)


def test_the_secret_is_shown_once_and_not_stored(owner):
    answer = register(owner, scopes=["contacts:read"])
    data, secret = answer.json["data"], answer.json["client_secret"]
    assert (answer.status, answer.json["object"]) == (201, "oauth_client")
    assert (data["name"], data["redirect_uris"], data["public"]) == ("Shop Sync", [REDIRECT_URI], False)
    assert data["scopes"] == ["contacts:read", "self:read"]
    assert answer.json["authorize_url"] == "https://mail.example.com/oauth2/authorize"
    assert answer.json["token_url"] == "https://mail.example.com/oauth2/token"
    listed = owner.api.get("/oauth-clients", query={"with_count": "true"})
    assert data in listed.json["data"]
    assert listed.json["pagination"]["count"] == len(listed.json["data"])
    assert secret not in listed.text
    assert secret not in str(items_of_account(owner.account_id))


def test_a_public_program_has_no_secret(owner):
    answer = register(owner, public=True)
    assert (answer.json["client_secret"], answer.json["data"]["public"]) == (None, True)


def test_a_program_may_have_every_right_but_those_over_access_itself():
    """A new right is offered, or has a reason here."""
    sources = (Path(__file__).parents[3] / "functions" / "api").rglob("routes_*.py")
    rights = {right for path in sources for right in re.findall(r'needs\("(\w+:\w+)"', path.read_text())}
    assert len(rights) > 40
    held_back = {right for right in rights if right.partition(":")[0] in NOT_OFFERED}
    assert rights - held_back - {"self:read"} <= OFFERED
    assert {right.partition(":")[0] for right in held_back} == NOT_OFFERED.keys()
    assert not held_back & OFFERED


@pytest.mark.parametrize(
    "uri",
    [
        "http://shop.example/back",
        "https://shop.example/back#part",
        "https://user:secret@shop.example/back",
        "https:///back",
        "https://shop.example:port/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "/back",
        "https://shop.example/a b",
        "https://shöp.example/back",
        "https://shop.example\\@evil.example/",
        "https://shop.example/back\r\nSet-Cookie: a=b",
    ],
)
def test_an_unsafe_redirect_uri_is_refused(owner, uri):
    answer = register(owner, redirect_uris=[REDIRECT_URI, uri])
    problem = answer.json["detail"][0]
    assert (answer.status, problem["type"], problem["loc"]) == (
        400,
        "redirect_uri_invalid",
        ["body", "redirect_uris", "1"],
    )


def test_programs_on_a_device_can_be_sent_back_to(owner):
    uris = ["http://127.0.0.1:8123/back", "http://localhost/back", "http://[::1]:9/back", "com.example.shop:/back"]
    assert register(owner, redirect_uris=uris, public=True).json["data"]["redirect_uris"] == uris


@pytest.mark.parametrize(
    "body", [{"name": ""}, {"name": "x" * 65}, {"redirect_uris": []}, {"scopes": []}, {"public": "yes"}]
)
def test_a_body_that_does_not_fit_is_422(owner, body):
    assert register(owner, **body).status == 422


def test_a_name_that_deceives_and_a_right_that_is_not_offered_are_refused(owner):
    """The name is shown on the page where users decide."""
    for name in ("Shop\u202eknaB", "   ", "Shop\nYour bank"):
        answer = register(owner, name=name)
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "name"])
    answer = register(owner, scopes=["lists:read", "users:write"])
    problem = answer.json["detail"][0]
    assert (answer.status, problem["type"], problem["loc"]) == (400, "scope_unknown", ["body", "scopes", "1"])


def test_only_an_owner_or_an_administrator_manages_them(owner):
    client_id = make_program(owner).client_id
    form = {"username": owner.email, "password": PASSWORD, "scopes": "oauth_clients:write"}
    narrow = Api(Api().post("/token", form=form).json["access_token"])
    for answer in (
        narrow.post("/oauth-clients", json={"name": "x", "redirect_uris": [REDIRECT_URI]}),
        narrow.delete(f"/oauth-clients/{client_id}"),
    ):
        assert (answer.status, answer.json["detail"][0]["type"]) == (403, "owner_required")


def test_an_account_has_so_many_at_most(monkeypatch):
    owner = make_owner()
    monkeypatch.setattr("postrider.oauth_clients.service.MAX_PER_ACCOUNT", 1)
    make_program(owner)
    answer = register(owner)
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "too_many_oauth_clients")


def test_a_deleted_program_is_gone(owner):
    client_id = make_program(owner).client_id
    answer = owner.api.delete(f"/oauth-clients/{client_id}")
    assert (answer.status, answer.json) == (200, {"id": client_id, "object": "oauth_client", "deleted": True})
    assert client_id not in owner.api.get("/oauth-clients").text
    again = owner.api.delete(f"/oauth-clients/{client_id}")
    assert (again.status, again.json["detail"][0]["loc"]) == (400, ["path", "client_id"])
