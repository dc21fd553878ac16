"""The audit log has an entry for each call that changed something, with user and IP address."""

from datetime import timedelta

import pytest

from infra.bench.meter import Meter
from postrider.audit.service import KEPT_FOR
from postrider.audit.table import ChangeItem
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api
from tests.testing.kasplo import make_client
from tests.testing.snapshot import items_of_account


@pytest.fixture
def owner(platform):
    return make_owner()


def log_of(api, **query):
    answer = api.get("/audit", query=query)
    assert answer.status == 200, answer.text
    return answer.json["data"]


def calls_in(entries):
    return [(entry["method"], entry["path"]) for entry in entries]


def test_a_change_is_logged_with_its_maker_and_its_origin(owner, platform):
    owner.api.call("POST", "/tags", json={"tag": "new"}, source_ip="203.0.113.9")
    (entry,) = log_of(owner.api)
    user_id = owner.api.get("/users/self").json["data"]["id"]
    assert entry == {
        "id": entry["id"],
        "time": int(platform.clock().timestamp()),
        "user_id": str(user_id),
        "user_account_id": owner.account_id,
        "email": owner.email,
        "token_id": entry["token_id"],
        "ip": "203.0.113.9",
        "api": "main",
        "noun": "tags",
        "method": "POST",
        "route": "/tags",
        "path": "/tags",
    }
    assert entry["token_id"]
    assert entry["token_id"] not in owner.token


def test_reads_and_refused_calls_are_not_logged(owner):
    owner.api.get("/tags")
    owner.api.post("/people/export", json={"email": "person@example.com"})
    owner.api.delete("/tags/unknown")
    owner.api.post("/tags", json={"tag": "not possible!"})
    Api().post("/tags", json={"tag": "stranger"})
    form = {"username": owner.email, "password": PASSWORD, "scopes": "tags:read"}
    assert Api(Api().post("/token", form=form).json["access_token"]).post("/tags", json={"tag": "x"}).status == 403
    assert log_of(owner.api) == []


def test_a_repeated_call_is_logged_once(owner):
    for _ in range(3):
        answer = owner.api.post("/tags", json={"tag": "once"}, headers={"Idempotency-Key": "key"})
        assert answer.status == 201
    assert calls_in(log_of(owner.api)) == [("POST", "/tags")]


def test_programs_with_credentials_are_logged_with_their_api(owner):
    list_id = make_list(owner)
    client = make_client(owner)
    answer = client.post({"data": [{"email": "person@example.com"}], "list_id": f"{list_id:032x}"})
    assert answer.status < 300, answer.text
    (entry,) = [entry for entry in log_of(owner.api) if entry["api"] != "main"]
    assert (entry["api"], entry["method"], entry["email"], entry["noun"]) == ("kasplo", "POST", owner.email, "contacts")
    assert entry["token_id"] in [credential["id"] for credential in owner.api.get("/credentials").json["data"]]


def test_no_body_and_no_address_of_a_contact_is_kept(owner):
    list_id = make_list(owner)
    for address in ("canary@example.com", "*@canary.example"):
        assert owner.api.post("/suppressed-emails", json={"email": address}).status == 201
        for written in (address, address.replace("@", "%40")):
            owner.api.delete(f"/suppressed-emails/{written}")
            owner.api.post("/suppressed-emails", json={"email": address})
    assert owner.api.post(f"/lists/{list_id}/contacts", json={"email": "canary@example.com"}).status == 201
    entries = log_of(owner.api)
    assert "canary" not in str(entries)
    assert len([entry for entry in entries if entry["route"] == entry["path"] and "{" in entry["path"]]) == 4


def test_the_log_belongs_to_the_account_that_was_changed(owner):
    child = make_owner(parent=owner)
    owner.api.post("/tags", json={"tag": "there"}, query={"account_id": child.account_id})
    assert calls_in(log_of(owner.api)) == []
    (entry,) = log_of(child.api)
    assert (entry["email"], entry["user_account_id"]) == (owner.email, owner.account_id)
    assert log_of(owner.api, account_id=child.account_id) == [entry]
    assert log_of(make_owner().api) == []


def test_filters_select_person_noun_and_day(owner, platform):
    first_day = platform.clock().date().isoformat()
    owner.api.post("/tags", json={"tag": "one"})
    platform.clock.move(timedelta(days=1))
    owner.api.post("/suppressed-emails", json={"email": "a@example.com"})
    platform.clock.move(timedelta(seconds=1))
    owner.api.post("/tags", json={"tag": "two"})
    newest, middle, oldest = log_of(owner.api)
    assert log_of(owner.api, filter=f"day=={first_day}") == [oldest]
    assert log_of(owner.api, filter="noun==tags") == [newest, oldest]
    assert log_of(owner.api, filter=f"noun==suppressions;user_id=={oldest['user_id']}") == [middle]
    assert log_of(owner.api, filter="user_id==0") == []
    for day in ("0001-01-01", "9999-12-31"):
        assert log_of(owner.api, filter=f"day=={day}") == []
    answer = owner.api.get("/audit", query={"filter": "day==yesterday"})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["query", "filter"])


def test_pages_lead_to_the_end_and_cursors_belong_to_their_query(owner, monkeypatch):
    for number in range(7):
        owner.api.post("/tags", json={"tag": f"t{number}"})
    owner.api.post("/suppressed-emails", json={"email": "a@example.com"})
    monkeypatch.setattr("postrider.audit.service.MAX_READ", 3)
    changes, cursor, sizes = [], None, []
    while cursor or not sizes:
        query = {"per_page": 2, "filter": "noun==tags"} | ({"cursor": cursor} if cursor else {})
        answer = owner.api.get("/audit", query=query).json
        changes += answer["data"]
        sizes.append(len(answer["data"]))
        last, cursor = cursor, answer["pagination"]["cursor"]["next"]
    assert len({entry["id"] for entry in changes}) == 7
    assert [entry["time"] for entry in changes] == sorted((entry["time"] for entry in changes), reverse=True)
    for api, filter_text in ((owner.api, "noun==lists"), (make_owner().api, "noun==tags")):
        answer = api.get("/audit", query={"filter": filter_text, "cursor": last})
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["query", "cursor"])


def test_entries_expire_after_400_days(owner, platform):
    owner.api.post("/tags", json={"tag": "old"})
    (item,) = (item for (_, keys), item in items_of_account(owner.account_id).items() if keys.startswith("audit#"))
    assert int(item["expires_at"]["N"]) == int((platform.clock() + timedelta(days=400)).timestamp())
    platform.clock.move(KEPT_FOR + timedelta(seconds=1))
    form = {"username": owner.email, "password": PASSWORD}
    assert log_of(Api(Api().post("/token", form=form).json["access_token"])) == []


def test_a_change_succeeds_when_the_audit_log_fails(owner, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no table")

    monkeypatch.setattr(ChangeItem, "save", fail)
    assert owner.api.post("/tags", json={"tag": "done"}).status == 201
    assert [tag["tag"] for tag in owner.api.get("/tags").json["data"]] == ["done"]


def test_the_audit_log_costs_one_write_per_change_and_no_read(owner, monkeypatch):
    owner.api.post("/tags", json={"tag": "first"})
    costs = []
    for is_logged in (True, False):
        if not is_logged:
            monkeypatch.setattr("postrider.http.handlers.record_change", lambda *args: None)
        with Meter() as meter:
            owner.api.post("/tags", json={"tag": f"tag-{is_logged}"})
        costs.append(meter.calls.copy())
    added = costs[0] - costs[1]
    assert sum(added.values()) == 1
    assert "PutItem" in str(added)
