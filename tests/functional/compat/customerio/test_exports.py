"""Exports of people over the App API: a file by a filter, whose links are counted and live 15 minutes."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from functions.compat.customerio.translate_identifiers import cio_id_of
from postrider import bootstrap
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts

EVERYBODY = {"not": {"attribute": {"field": "never seen", "operator": "exists"}}}


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def app(owner):
    return make_client(owner)


@pytest.fixture(scope="module")
def list_id(owner):
    return bootstrap.lists().default(owner.account_id).id


@pytest.fixture(scope="module")
def people(owner, list_id):
    for name in ("plan", "note"):
        owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": name, "type": "text"})
    ada, bob = add_contacts(owner, list_id, "ada@example.com", "bob@example.com")
    create, account_id = bootstrap.contacts().upserts.create, owner.account_id
    create(account_id, list_id, email="ada@example.com", external_id="a1", attributes={"plan": "pro", "note": "=1+1"})
    cid = create(account_id, list_id, email=None, external_id="c3", attributes={"plan": "free"}).id
    return {"ada": ada, "bob": bob, "cid": cid}


def start(app, form, **fields):
    answer = app.post("/v1/exports/customers", {"filters": form, **fields})
    assert answer.status == 200, answer.text
    return answer.json["export"]


def rows_of(app, export_id):
    answer = app.get(f"/v1/exports/{export_id}/download")
    assert answer.status == 200, answer.text
    return list(csv.DictReader(io.StringIO(httpx.get(answer.json["url"]).text)))


def test_an_export_becomes_a_file_of_the_people_who_match(app, owner, people, platform):
    made = start(app, EVERYBODY)
    assert (made["type"], made["status"], made["failed"], made["total"]) == ("customers", "pending", False, 0)
    assert made["description"] == 'People who match {"not":{"attribute":{"field":"never seen","operator":"exists"}}}'
    assert made["user_email"] == owner.email
    pending = app.get(f"/v1/exports/{made['id']}/download")
    assert (pending.status, "url" in pending.json, len(pending.json["errors"])) == (404, False, 1)
    platform.clock.move(timedelta(seconds=5))
    platform.drain()
    done = app.get(f"/v1/exports/{made['id']}").json["export"]
    assert (done["status"], done["failed"], done["total"], done["downloads"]) == ("done", False, 3, 0)
    assert done["updated_at"] > done["created_at"] == made["created_at"]
    assert rows_of(app, made["id"]) == [
        {
            "id": "a1",
            "email": "ada@example.com",
            "cio_id": cio_id_of(people["ada"]),
            "note": "'=1+1",
            "plan": "pro",
        },
        {"id": "", "email": "bob@example.com", "cio_id": cio_id_of(people["bob"]), "note": "", "plan": ""},
        {"id": "c3", "email": "", "cio_id": cio_id_of(people["cid"]), "note": "", "plan": "free"},
    ]


def test_columns_are_those_that_are_asked_for(app, people, platform):
    form = {"attribute": {"field": "plan", "operator": "eq", "value": "pro"}}
    export_id = start(app, form, attributes=["plan", "unknown", "email", "plan"])["id"]
    platform.drain()
    assert rows_of(app, export_id) == [
        {"id": "a1", "email": "ada@example.com", "cio_id": cio_id_of(people["ada"]), "plan": "pro", "unknown": ""}
    ]


def test_a_value_is_compared_as_the_text_that_was_stored(app, owner, list_id, people, platform):
    patch = bootstrap.contacts().upserts.patch
    patch(owner.account_id, list_id, people["bob"], attributes={"note": "3"})
    patch(owner.account_id, list_id, people["cid"], attributes={"note": "true"})
    form = {"or": [{"attribute": {"field": "note", "operator": "eq", "value": value}} for value in (3, True)]}
    export_id = start(app, form)["id"]
    platform.drain()
    assert [row["note"] for row in rows_of(app, export_id)] == ["3", "true"]
    for person in ("bob", "cid"):
        patch(owner.account_id, list_id, people[person], attributes={"note": None})


def test_links_are_counted_and_every_one_is_new(app, people, platform):
    export_id = start(app, EVERYBODY)["id"]
    platform.drain()
    before = app.get(f"/v1/exports/{export_id}").json["export"]
    platform.clock.move(timedelta(seconds=2))
    for _ in range(2):
        assert app.get(f"/v1/exports/{export_id}/download").json["url"].startswith("http")
    after = app.get(f"/v1/exports/{export_id}").json["export"]
    assert after["downloads"] == before["downloads"] + 2 == 2
    assert after["deduplicate_id"] != before["deduplicate_id"]


def test_an_unknown_segment_still_gives_a_file(app, people, platform):
    export_id = start(app, {"or": [{"segment": {"id": 0}}]})["id"]
    platform.drain()
    assert app.get(f"/v1/exports/{export_id}").json["export"]["total"] == 0
    assert rows_of(app, export_id) == []


def test_an_account_without_people_gets_an_empty_file(platform):
    app = make_client(make_owner())
    export_id = start(app, EVERYBODY)["id"]
    assert rows_of(app, export_id) == []


def test_an_export_that_failed_has_no_file(app, owner, list_id, people, platform):
    """A filter with an object that is deleted at the same time would select other contacts."""
    set_id = app.post("/v1/segments", {"segment": {"name": "Soon gone"}}).json["segment"]["id"]
    export_id = start(app, {"not": {"segment": {"id": set_id}}})["id"]
    assert app.delete(f"/v1/segments/{set_id}").status == 204
    platform.drain()
    failed = app.get(f"/v1/exports/{export_id}").json["export"]
    assert (failed["status"], failed["failed"], failed["total"]) == ("failed", True, 0)
    assert app.get(f"/v1/exports/{export_id}/download").status == 404


def test_exports_are_listed_in_order_and_expire(app, platform):
    ids = [start(app, EVERYBODY)["id"] for _ in range(2)]
    platform.drain()
    assert [export["id"] for export in app.get("/v1/exports").json["exports"]][-2:] == ids
    platform.clock.move(timedelta(days=6))
    assert app.get(f"/v1/exports/{ids[0]}").status == 404
    assert app.get(f"/v1/exports/{ids[0]}/download").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filters": {}},
        {"filters": []},
        {"filters": {"and": []}},
        {"filters": {"segment": {"id": "x"}}},
        {"filters": {"and": [EVERYBODY], "or": [EVERYBODY]}},
        {"filters": {"attribute": {"field": "plan", "operator": "eq"}}},
        {"filters": {"attribute": {"field": "plan", "operator": "gt", "value": "x"}}},
        {"filters": EVERYBODY, "attributes": "plan"},
        {"filters": EVERYBODY, "attributes": ["a"] * 501},
    ],
)
def test_unreadable_filters_are_refused(app, body):
    answer = app.post("/v1/exports/customers", body)
    assert answer.status == 400, answer.text


@pytest.mark.parametrize("export_id", ["0", "-1", "999999", "1" * 30])
def test_an_export_that_never_was_is_unknown(app, export_id):
    for path in ("", "/download"):
        assert app.get(f"/v1/exports/{export_id}{path}").status == 404
