"""Credentials and errors of Customer.io's APIs: one answer to every bad credential, and one form of errors."""

import base64

import pytest

from tests.testing.customerio import TRACK, CustomerioApi, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.harness import Api

pytestmark = pytest.mark.usefixtures("platform")
UNAUTHORIZED = {"meta": {"error": "Unauthorized request"}}


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def app(owner):
    return make_client(owner)


@pytest.fixture(scope="module")
def track(owner):
    return make_client(owner, TRACK)


def test_a_key_has_32_hex_digits(app):
    scheme, key = app.authorization.split(" ")
    assert (scheme, len(key)) == ("Bearer", 32)
    assert int(key, 16) >= 0


@pytest.mark.parametrize("sent", [None, "", "Bearer", "Bearer ", "Bearer " + "0" * 32, "Basic eDp5", "key", "Bearer é"])
def test_a_bad_key_is_unauthorized(app, sent):
    headers = {} if sent is None else {"Authorization": sent}
    answer = Api().get("/v1/segments", headers=headers)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("sent", [None, "", "Basic", "Basic !", "Basic eDp5", "Basic eA==", "Basic //79", "Bearer x"])
def test_a_bad_pair_is_asked_for_a_better_one(track, sent):
    headers = {} if sent is None else {"Authorization": sent}
    answer = Api().get("/api/v1/accounts/region", headers=headers)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_the_scheme_is_read_without_regard_to_case(app, track):
    for client, path in ((app, "/v1/segments"), (track, "/api/v1/accounts/region")):
        scheme, value = client.authorization.split(" ")
        assert CustomerioApi(client.api, f"{scheme.lower()} {value}").get(path).status == 200


def test_credentials_of_one_api_are_unknown_to_the_other(app, track):
    key = app.authorization.split(" ")[1]
    pair = base64.b64decode(track.authorization.split(" ")[1]).decode()
    assert CustomerioApi(app.api, f"Bearer {pair.partition(':')[2]}").get("/v1/segments").status == 401
    other_pair = f"{pair.partition(':')[0]}:{key}"
    basic = f"Basic {base64.b64encode(other_pair.encode()).decode()}"
    assert CustomerioApi(TRACK, basic).get("/api/v1/accounts/region").status == 401


def test_an_error_has_both_members_that_clients_read(app):
    answer = app.get("/v1/no/such/thing")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/json")
    detail = answer.json["meta"]["error"]
    assert answer.json["errors"] == [{"detail": detail, "status": "404"}]


@pytest.mark.parametrize("path", ["/v1/send/nothing", "/v1/campaigns/1/nothing", "/v1/segments/1/2/3", "/v1/ünknown"])
def test_every_part_answers_an_unknown_path_in_the_form_of_the_api(app, path):
    answer = app.get(path)
    assert (answer.status, answer.json["errors"][0]["status"]) == (404, "404")


@pytest.mark.parametrize("path", ["segments", "segments/", "info/ip_addresses", "customers/nobody/attributes"])
def test_paths_of_the_older_edition_are_the_same(app, path):
    old, new = (
        Api().get(f"/v1/api/{path}", headers=(key := {"Authorization": app.authorization})),
        app.get(f"/v1/{path}"),
    )
    assert (old.status, old.json) == (new.status, new.json)
    assert Api().get(f"/v1/api/{path}").status == 401
    assert Api().get(f"/v1/api/api/{path}", headers=key).status == 404


def test_an_error_of_the_track_api_is_a_list_of_texts(track):
    answer = track.get("/api/v2/nothing")
    assert answer.status == 404
    assert answer.json == {"meta": {"errors": ["Unknown resource."]}}


def test_the_region_is_the_host_itself(track, owner):
    answer = track.get("/api/v1/accounts/region")
    assert answer.json == {"url": "mail.example.com", "data_center": "us", "environment_id": int(owner.account_id)}


def test_the_addresses_of_the_deployment_are_listed(app, monkeypatch):
    assert app.get("/v1/info/ip_addresses").json == {"ip_addresses": []}
    monkeypatch.setenv("OUTGOING_IPS", "192.0.2.1,192.0.2.2")
    assert app.get("/v1/info/ip_addresses").json == {"ip_addresses": ["192.0.2.1", "192.0.2.2"]}
