"""The Kasplo API: authentication, envelopes and paging."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

from postrider import bootstrap
from postrider.http.app import MAX_BODY_BYTES
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list
from tests.testing.kasplo import KasploApi, make_client

FOLDER = Path(__file__).parents[3] / "functions" / "compat" / "kasplo"
MAIN_API = ("functions.api", "postrider.http.main", "postrider.http.wire", "postrider.http.listing")
READS = ("list",)
RESOURCES = (*READS,)


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def client(owner):
    return make_client(owner)


def error_of(answer):
    """Return (status, code) of either envelope."""
    body = answer.json
    return (body.get("statuscode", body["status"]), body["error"]["code"] if "error" in body else None)


def test_a_list_is_shown_with_its_times(owner, client, platform):
    list_id = make_list(owner, name="Readers")
    platform.clock.move(timedelta(hours=1))
    owner.api.patch(f"/lists/{list_id}", json={"name": "Good readers"})
    answer = client.get("list")
    (shown,) = answer.json["data"]
    assert answer.json == {
        "data": [shown],
        "error": {},
        "limit": 10,
        "message": "Request processed successfully.",
        "status": 200,
        "total": 1,
    }
    assert (shown["name"], shown["list_id"], shown["status"]) == ("Good readers", f"{list_id:032x}", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["created_at"])
    assert shown["created_at"] < shown["updated_at"]


def test_pages_of_lists_are_cut_and_counted(owner, client):
    for number in range(12):
        make_list(owner, name=f"List {number:02}")
    assert len(client.get("list").json["data"]) == 10
    second = client.get("list", pageSize=5, page=2).json
    assert [shown["name"] for shown in second["data"]] == [f"List {number:02}" for number in range(5, 10)]
    assert (second["limit"], second["total"]) == (5, 12)
    beyond = client.get("list", page=9).json
    assert (beyond["data"], beyond["total"]) == ([], 12)
    named = client.get("list", name="LIST 07").json
    assert ([shown["name"] for shown in named["data"]], named["total"]) == (["List 07"], 1)


def test_an_archived_list_is_inactive(owner, client):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/archive")
    assert client.get("list").json["data"] == []
    (shown,) = client.get("list", status=2).json["data"]
    assert (shown["list_id"], shown["status"]) == (f"{list_id:032x}", 2)


@pytest.mark.parametrize("resource", READS)
@pytest.mark.parametrize(
    "query", [{"pageSize": 0}, {"pageSize": 101}, {"page": 0}, {"page": "x"}, {"status": 3}, {"status": "active"}]
)
def test_a_parameter_out_of_range_is_400(client, resource, query):
    answer = client.get(resource, **query)
    assert (answer.status, error_of(answer)[0]) == (400, 400)


@pytest.mark.parametrize("resource", RESOURCES)
def test_only_both_halves_of_one_credential_authenticate(client, platform, resource):
    stranger = make_client(make_owner())
    wrong = [
        KasploApi(client.sid, stranger.key),
        KasploApi(stranger.sid, client.key),
        KasploApi("0" * 32, client.key),
        KasploApi(client.sid, ""),
        KasploApi(client.sid, client.key.swapcase()),
    ]
    method = "POST" if resource == "contact" else "GET"
    answers = [other.call(method, resource, json={} if method == "POST" else None) for other in wrong]
    assert {(answer.status, error_of(answer)[0]) for answer in answers} == {(401, 401)}
    assert len({answer.text for answer in answers}) == 1, "sids cannot be probed"


def test_a_revoked_credential_is_refused(owner, client):
    assert client.get("list").status == 200
    (shown,) = owner.api.get("/credentials").json["data"]
    owner.api.delete(f"/credentials/{shown['id']}")
    bootstrap.reset()
    assert client.get("list").status == 401


@pytest.mark.parametrize("resource", READS)
def test_an_account_sees_nothing_of_another_one(owner, client, resource):
    make_list(owner, name="Mine alone")
    assert make_client(make_owner()).get(resource).json["data"] == []


def test_another_method_is_405_with_those_that_there_are(client):
    answer = client.call("DELETE", "list")
    assert (answer.status, error_of(answer), answer.headers["allow"]) == (405, (405, "method_not_allowed"), "GET")


def test_an_unknown_resource_is_404(client):
    answer = client.get("nothing")
    assert (answer.status, error_of(answer)) == (404, (404, "not_found"))


def test_a_body_over_the_limit_is_413(client):
    answer = client.call("POST", "contact", body="x" * (MAX_BODY_BYTES + 1))
    assert (answer.status, error_of(answer)) == (413, (413, "too_large"))


def test_a_fault_is_500_and_says_nothing_of_its_cause(client, monkeypatch):
    monkeypatch.setattr(type(bootstrap.lists()), "all", lambda self, account_id: 1 / 0)
    answer = client.get("list")
    assert (answer.status, error_of(answer)) == (500, (500, "internal_error"))
    assert "zero" not in answer.text


def test_a_slash_at_the_end_and_a_body_of_a_read_do_no_harm(owner, client):
    make_list(owner)
    assert client.call("GET", "list/").json["total"] == 1
    assert client.call("GET", "list", body="nonsense").json["total"] == 1


def test_the_dialect_is_small_and_uses_nothing_of_the_main_api():
    lines = 0
    for path in FOLDER.glob("*.py"):
        text = path.read_text()
        lines += sum(bool(line.strip()) for line in text.splitlines())
        for node in ast.walk(ast.parse(text)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(MAIN_API)], path
    assert lines < 250
