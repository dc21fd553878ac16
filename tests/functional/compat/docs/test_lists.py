"""Audiences over the Docs API are the lists of the account."""

from datetime import timedelta

import pytest

from infra.bench.meter import Meter
from postrider import bootstrap
from tests.testing.docs import make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list

CONTACT = {"company": "Example Ltd", "address1": "Main Street 1", "city": "Berlin", "zip": "10115", "country": "DE"}
DEFAULTS = {"from_name": "Ann", "from_email": "ann@example.com", "subject": "News", "language": "en"}
NEW = {
    "name": "Customers",
    "contact": CONTACT,
    "permission_reminder": "You signed up on our site.",
    "campaign_defaults": DEFAULTS,
    "email_type_option": True,
}


def add_contacts(owner, list_id, count):
    """Return the ids of new contacts; their addresses are those of `email_of`."""
    answers = [
        owner.api.post(f"/lists/{list_id}/contacts", json={"email": email_of(list_id, number)})
        for number in range(count)
    ]
    assert {answer.status for answer in answers} == {201}, answers[0].text
    return [answer.json["id"] for answer in answers]


def email_of(list_id, number):
    return f"contact{number}@list{list_id}.example.com"


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def client(owner):
    return make_client(owner)


@pytest.fixture
def audience(client):
    return client.post("/lists", NEW).json


def test_an_audience_is_created_with_its_merge_fields(client, owner):
    made = client.post("/lists", NEW | {"unknown": 1, "contact": CONTACT | {"unknown": 1}})
    assert made.status == 200
    assert {name: made.json[name] for name in NEW} == NEW
    assert (len(made.json["id"]), made.json["web_id"]) == (10, int(made.json["id"], 16))
    assert made.json["stats"]["merge_field_count"] == 4
    assert client.get(f"/lists/{made.json['id']}").json == made.json
    fields = client.get(f"/lists/{made.json['id']}/merge-fields").json["merge_fields"]
    assert [(field["tag"], field["name"], field["type"]) for field in fields] == [
        ("FNAME", "First Name", "text"),
        ("LNAME", "Last Name", "text"),
        ("ADDRESS", "Address", "address"),
        ("PHONE", "Phone Number", "phone"),
    ]
    shown = owner.api.get(f"/lists/{made.json['web_id']}").json["data"]
    assert (shown["name"], shown["policy_accepted"], shown["status"]) == ("Customers", True, "active")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": 7}, "name"),
        ({"contact": {"city": "Berlin"}}, "contact.company"),
        ({"campaign_defaults": DEFAULTS | {"from_email": "nobody"}}, "campaign_defaults.from_email"),
        ({"email_type_option": "yes"}, "email_type_option"),
    ],
)
def test_an_invalid_audience_is_refused_with_its_field(client, change, field):
    answer = client.post("/lists", NEW | change)
    assert (answer.status, answer.json["title"]) == (400, "Invalid Resource")
    assert answer.json["detail"].startswith("The resource submitted could not be validated.")
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_body_that_is_no_json_or_missing_is_refused(client):
    for body, title in (("{", "JSON Parse Error"), ("null", "Invalid Resource"), ("", "Invalid Resource")):
        answer = client.call("POST", "/lists", body=body)
        assert (answer.status, answer.json["title"]) == (400, title)


def test_a_change_leaves_what_is_not_given(client, audience):
    path = f"/lists/{audience['id']}"
    headers = {"Content-Type": "application/vnd.api+json"}
    changed = client.call("PATCH", path, body='{"name": "Friends", "double_optin": true}', headers=headers).json
    assert changed == audience | {"name": "Friends", "double_optin": True}
    assert client.patch(path, {}).json == changed


def test_a_deleted_audience_is_gone(client, audience, platform):
    path = f"/lists/{audience['id']}"
    assert client.delete(path).status == 204
    assert client.get(path).status == 404
    assert client.delete(path).status == 404
    platform.drain()


def test_an_unknown_audience_is_not_found(client):
    for list_id in ("0000000000", "ffffffffff", "1", "no-such-id", "FFFFFFFFFF"):
        assert client.get(f"/lists/{list_id}").json["title"] == "Resource Not Found"


def test_counters_follow_the_contacts(client, owner, audience):
    contacts = add_contacts(owner, audience["web_id"], 3)
    bootstrap.contacts().unsubscribe(owner.account_id, audience["web_id"], contacts[0])
    stats = client.get(f"/lists/{audience['id']}", include_total_contacts="True").json["stats"]
    assert (stats["member_count"], stats["unsubscribe_count"], stats["total_contacts"]) == (2, 1, 3)
    assert "total_contacts" not in client.get(f"/lists/{audience['id']}").json["stats"]
    assert client.get("/").json["total_subscribers"] >= 2


def test_pages_reach_the_end_and_keep_the_total(platform):
    owner = make_owner()
    client = make_client(owner)
    list_ids = [make_list(owner, name=f"List {number}") for number in range(5)]
    pages = [client.get("/lists", count=2, offset=offset).json for offset in range(0, 8, 2)]
    assert [row["web_id"] for page in pages for row in page["lists"]] == list_ids
    assert {page["total_items"] for page in pages} == {5}
    assert len(client.get("/lists", count=5000).json["lists"]) == 5
    assert client.get("/lists", count=0).json["lists"] == []
    newest = client.get("/lists", sort_field="date_created", sort_dir="DESC", fields="lists.web_id,total_items").json
    assert newest == {"lists": [{"web_id": list_id} for list_id in reversed(list_ids)], "total_items": 5}
    for wrong in ({"count": -1}, {"offset": "x"}, {"sort_dir": "up"}):
        answer = client.get("/lists", **wrong)
        assert (answer.status, answer.json["errors"][0]["field"]) == (400, next(iter(wrong)))


def test_a_page_costs_the_same_for_any_number_of_audiences(platform):
    owner = make_owner()
    client = make_client(owner)
    calls = []
    for _ in range(2):
        make_list(owner)
        client.get("/lists")
        with Meter() as meter:
            client.get("/lists")
        calls.append(sum(meter.calls.values()))
    assert calls[0] == calls[1]


def test_audiences_are_selected_by_their_date_and_by_an_address(platform):
    owner = make_owner()
    client = make_client(owner)
    first = make_list(owner)
    platform.clock.move(timedelta(days=1))
    second = make_list(owner)
    add_contacts(owner, second, 1)
    created = {row["web_id"]: row["date_created"] for row in client.get("/lists").json["lists"]}

    def found(**query):
        return [row["web_id"] for row in client.get("/lists", **query).json["lists"]]

    assert found(since_date_created=created[second]) == [second]
    assert found(before_date_created=created[second].replace("+00:00", "Z")) == [first]
    raw = client.call(
        "GET", "/lists", query=f"since_date_created={created[second]}"
    )  # the plus sign arrives as a blank
    assert [row["web_id"] for row in raw.json["lists"]] == [second]
    assert found(email=email_of(second, 0).upper()) == [second]
    assert found(email="nobody@example.com") == []
    assert found(has_ecommerce_store="true") == []
    assert client.get("/lists", email="no address").status == 400


def test_the_activity_has_a_day_for_each_day_since_the_start(client, owner, audience, platform):
    path = f"/lists/{audience['id']}/activity"
    contacts = add_contacts(owner, audience["web_id"], 2)
    bootstrap.contacts().unsubscribe(owner.account_id, audience["web_id"], contacts[0])
    platform.drain()
    answer = client.get(path).json
    assert (answer["total_items"], answer["list_id"]) == (1, audience["id"])
    assert (answer["activity"][0]["subs"], answer["activity"][0]["unsubs"]) == (2, 1)
    platform.clock.move(timedelta(days=200))
    later = client.get(path, count=1000, fields="activity.day,total_items").json
    assert later["total_items"] == 181
    days = [entry["day"] for entry in later["activity"]]
    assert days == sorted(days, reverse=True)
