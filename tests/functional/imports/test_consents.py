"""Columns of files that prove a consent: opt-in time, text, address of the page, IP. They give nobody the consent back."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from postrider import bootstrap
from postrider.contacts.consent_items import ConsentItems
from postrider.contacts.table import ConsentItem
from postrider.suppressions.model import SuppressionSource
from postrider.tasks.repository import TaskRepository
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list
from tests.testing.snapshot import items_of_table

HEADER = "email,status,tags,interests,subscribed_on,consent_time,consent_text,consent_ip,consent_url"
FULL = (
    'ann@example.com,active,"vip,new",jazz,2019-05-01 08:00:00,2019-05-01T10:00:05+02:00,'
    '"I want the letter, weekly",2001:db8::7,https://shop.example/join'
)


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    return list_id


def start(owner, list_id, text, **options):
    upload = owner.api.post(f"/lists/{list_id}/imports/uploads").json
    httpx.post(upload["url"], data=upload["fields"], files={"file": ("people.csv", text.encode(), "text/csv")})
    started = owner.api.post(f"/lists/{list_id}/imports", json={"upload_id": upload["id"], **options})
    assert started.status == 201, started.text
    return started.json["id"]


def load(owner, list_id, text, platform, **options):
    import_id = start(owner, list_id, text, **options)
    assert platform.drain("run-tasks").failed == []
    return owner.api.get(f"/lists/{list_id}/imports/{import_id}").json["data"]


def contacts_of(owner, list_id):
    return {contact["email"]: contact for contact in owner.api.get(f"/lists/{list_id}/contacts").json["data"]}


def consents_of(owner, email):
    [contact] = owner.api.post("/people/export", json={"email": email}).json["data"]["contacts"]
    return contact["consents"]


def moment(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def test_a_row_of_a_file_has_its_own_status_opt_in_and_consent(owner, list_id, platform):
    rows = [FULL, "bob@example.com,unsubscribed,,,20200102,,,,", "eve@example.com,active,,,,,Yes to all,,"]
    text = "\n".join([HEADER, *rows])
    trial = load(owner, list_id, text, platform, dry_run=True)
    assert (trial["created"], trial["first_rows"][0]["consent_ip"]) == (3, "2001:db8::7")
    [listed] = owner.api.get(f"/lists/{list_id}/imports").json["data"]
    assert (trial["dry_run"], listed["dry_run"]) == (True, True)
    assert contacts_of(owner, list_id) == {}
    data = load(owner, list_id, text, platform)
    assert (data["rows"], data["created"], data["refused"], data["warnings"], data["dry_run"]) == (3, 3, 0, 0, False)
    found = contacts_of(owner, list_id)
    ann, bob, eve = (found[f"{name}@example.com"] for name in ("ann", "bob", "eve"))
    assert (ann["status"], sorted(ann["tags"]), ann["interests"]) == ("active", ["new", "vip"], ["jazz"])
    assert (ann["opted_in_on"], bob["opted_in_on"], eve["opted_in_on"]) == (
        moment(2019, 5, 1, 8),
        moment(2020, 1, 2),
        None,
    )
    assert bob["status"] == "unsubscribed"
    path = f"/lists/{list_id}/contacts"
    assert owner.api.delete(f"{path}/{bob['id']}").status == 200
    assert owner.api.post(path, json={"email": "bob@example.com"}).json["data"]["status"] == "unsubscribed", (
        "by himself"
    )
    [consent] = consents_of(owner, "ann@example.com")
    created_on = consent.pop("created_on")
    assert created_on > moment(2024, 1, 1)
    assert consent == {
        "consented_on": moment(2019, 5, 1, 8, 0, 5),
        "text": "I want the letter, weekly",
        "url": "https://shop.example/join",
        "ip": "2001:db8::7",
        "user_agent": None,
    }
    assert consents_of(owner, "bob@example.com") == [], "a moment alone is no record"
    [consent] = consents_of(owner, "eve@example.com")
    known = {name: value for name, value in consent.items() if value is not None}
    assert known == {"text": "Yes to all", "created_on": created_on}
    again = load(owner, list_id, text, platform)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 1, 2), "the new contact has no opt-in yet"
    assert len(consents_of(owner, "ann@example.com")) == 1, "the same consent is one record"


def test_a_consent_in_a_file_resubscribes_no_contact(owner, list_id, platform):
    emails = [f"{name}@example.com" for name in ("left", "complained", "suppressed", "erased")]
    left, complained, suppressed, erased = emails
    contacts = bootstrap.contacts()
    ids = {email: contacts.upserts.create(owner.account_id, list_id, email=email).id for email in emails}
    contacts.unsubscribe(owner.account_id, list_id, ids[left])
    contacts.mark_complained(owner.account_id, list_id, ids[complained], event_id="1")
    bootstrap.address_suppression().suppress(owner.account_id, suppressed, SuppressionSource.GLOBAL_UNSUBSCRIBE)
    owner.api.post("/people/erase", json={"email": erased})
    rows = [FULL.replace("ann@example.com", email) for email in emails]
    data = load(owner, list_id, "\n".join([HEADER, *rows]), platform)
    assert (data["created"], data["updated"], data["refused"]) == (0, 3, 1)
    found = contacts_of(owner, list_id)
    assert {email: contact["status"] for email, contact in found.items()} == {
        left: "unsubscribed",
        complained: "flagged",
        suppressed: "active",
    }
    assert found[suppressed]["suppressed"]["reason"] == "global_unsubscribe"
    assert "erased" in httpx.get(data["refused_url"]).text
    assert len(consents_of(owner, left)) == 1, "the evidence is kept"


def test_a_consent_cell_that_proves_nothing_refuses_its_row(owner, list_id, platform):
    header = "email,subscribed_on,consent_time,consent_ip,consent_text"
    rows = [
        "a@example.com,yesterday,,,",
        "b@example.com,,2190-01-01,,",
        "c@example.com,,,999.1.1.1,",
        f"d@example.com,,,,{'x' * 1001}",
        "e@example.com,,,10.0.0.1,ok",
    ]
    data = load(owner, list_id, "\n".join([header, *rows]), platform)
    assert (data["created"], data["refused"]) == (1, 4)
    refused = list(csv.DictReader(io.StringIO(httpx.get(data["refused_url"]).text)))
    assert [row["refused_code"] for row in refused] == [
        "consent_time_invalid",
        "consent_time_invalid",
        "consent_ip_invalid",
        "consent_too_long",
    ]
    reasons = [row["refused_reason"] for row in refused]
    words = ["subscribed_on 'yesterday'", "in the future", "'consent_ip'", "at most 1000"]
    assert [word in reason for word, reason in zip(words, reasons, strict=True)] == [True] * 4
    assert reasons[0].endswith("correct it or leave it out.")


def test_opt_in_times_survive_an_export_and_an_import(owner, list_id, platform):
    load(owner, list_id, "\n".join([HEADER, FULL, "bob@example.com,,,,,,,,"]), platform)

    def exported(list_id):
        export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
        platform.drain("run-tasks")
        url = owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]
        return httpx.get(url).text

    first = exported(list_id)
    platform.clock.move(timedelta(minutes=1))
    other_id = make_list(owner)
    owner.api.post(f"/lists/{other_id}/interests", json={"name": "jazz"})
    data = load(owner, other_id, first, platform)
    assert (data["created"], data["refused"], data["warnings"]) == (2, 0, 0)
    rows = {row["email"]: row for row in csv.DictReader(io.StringIO(first))}
    again = {row["email"]: row for row in csv.DictReader(io.StringIO(exported(other_id)))}
    assert again["ann@example.com"]["opted_in_on"] == "2019-05-01 08:00:00" == rows["ann@example.com"]["opted_in_on"]
    assert again["bob@example.com"]["opted_in_on"] == rows["bob@example.com"]["subscribed_on"]


@pytest.mark.parametrize("way", ["delete", "erase", "delete_list"])
def test_consent_records_go_with_their_contact(owner, list_id, platform, way):
    mark = f"agreed on list {list_id}"
    rows = "\n".join(["email,consent_text", f"x@example.com,{mark}", f"y@example.com,{mark}"])
    load(owner, list_id, rows, platform)

    def stored():
        items = items_of_table(ConsentItem.Meta.table_name)
        return sum(mark in json.dumps(item, default=str) for item in items)

    assert stored() == 2
    contact_id = contacts_of(owner, list_id)["x@example.com"]["id"]
    match way:
        case "delete":
            owner.api.delete(f"/lists/{list_id}/contacts/{contact_id}")
        case "erase":
            owner.api.post("/people/erase", json={"email": "x@example.com"})
        case "delete_list":
            owner.api.delete(f"/lists/{list_id}")
            platform.drain("run-tasks")
    assert stored() == (0 if way == "delete_list" else 1)


def test_consents_that_differ_by_a_line_break_or_less_than_a_second_are_stored(owner, list_id, platform):
    header = "email,consent_time,consent_text,consent_url\n"
    rows = ['2020-01-01,"x\ny",c', '2020-01-01,x,"y\nc"', "2020-01-01T10:00:00.1,t,", "2020-01-01T10:00:00.9,t,"]
    assert load(owner, list_id, header + "".join(f"a@example.com,{row}\n" for row in rows), platform)["created"] == 1
    found = sorted((consent["text"], consent["url"]) for consent in consents_of(owner, "a@example.com"))
    assert found == [("t", None), ("x", "y\nc"), ("x\ny", "c")], "moments are stored in seconds"


def test_a_repeated_part_stores_the_consents_that_a_crash_prevented(owner, list_id, platform, monkeypatch):
    start(owner, list_id, "email,consent_text\na@example.com,yes\n")
    with monkeypatch.context() as dying:
        dying.setattr(ConsentItems, "add_many", lambda *args, **kwargs: 1 / 0)
        assert len(platform.drain("run-tasks").failed) == 1
    assert consents_of(owner, "a@example.com") == []
    with monkeypatch.context() as dying:
        dying.setattr(TaskRepository, "record_part", lambda *args, **kwargs: 1 / 0)
        assert len(platform.drain("run-tasks").failed) == 1
    assert platform.drain("run-tasks").failed == []
    assert [record["text"] for record in consents_of(owner, "a@example.com")] == ["yes"]
