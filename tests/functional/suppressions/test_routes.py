"""Suppressed emails over HTTP, and what they do to contacts."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from postrider import bootstrap
from postrider.suppressions import service
from postrider.suppressions.model import SuppressionSource
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api, path_text

PATH = "/suppressed-emails"


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Ann@Example.com", "ann@example.com"), ("*@Example.com", "*@example.com"), ("Info@*", "info@*")],
)
def test_the_three_forms_are_added_found_and_removed(owner, given, kept):
    answer = owner.api.post(PATH, json={"email": given})
    assert (answer.status, answer.json) == (201, {"email": kept, "created": True})
    assert owner.api.post(PATH, json={"email": kept}).status == 201
    listed = owner.api.get(PATH, query={"with_count": "true"}).json
    assert listed["data"] == [{"email": kept, "source": "manual"}]
    assert listed["pagination"]["count"] == 1
    assert owner.api.get(PATH, query={"filter": f"email=={given}"}).json["data"] == listed["data"]
    removed = owner.api.delete(f"{PATH}/{path_text(given)}")
    assert removed.json == {"email": kept, "deleted": True}
    assert owner.api.get(PATH, query={"with_count": "true"}).json["pagination"]["count"] == 0
    assert owner.api.delete(f"{PATH}/{path_text(given)}").status == 400


@pytest.mark.parametrize("email", ["nobody", "*", "*@*", "a*@example.com", "*@", "a@example.com\nb@example.com"])
def test_anything_else_is_refused(owner, email):
    assert owner.api.post(PATH, json={"email": email}).status == 400
    assert owner.api.get(PATH).json["data"] == []


def test_malformed(owner):
    assert owner.api.post(PATH, json={}).status == 422
    assert owner.api.get(PATH, query={"page": 0}).status == 400
    assert owner.api.get(PATH, query={"filter": "source==manual"}).status == 400


@pytest.mark.parametrize("source", [SuppressionSource.COMPLAINT, SuppressionSource.GLOBAL_UNSUBSCRIBE])
def test_suppressions_by_people_cannot_be_removed(owner, source):
    owner.api.post(PATH, json={"email": "a@example.com"})
    bootstrap.address_suppression().suppress(owner.account_id, "A@example.com", source)
    answer = owner.api.delete(f"{PATH}/a@example.com")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "suppression_locked")
    assert owner.api.get(PATH).json["data"] == [{"email": "a@example.com", "source": source.value}]


def test_a_listing_goes_to_the_end_in_order_of_addition(owner, platform):
    for number in (3, 1, 2):
        owner.api.post(PATH, json={"email": f"a{number}@example.com"})
        platform.clock.move(timedelta(seconds=1))
    pages = [owner.api.get(PATH, query={"per_page": 2, "page": page}).json["data"] for page in (1, 2, 3)]
    assert [[entry["email"][:2] for entry in page] for page in pages] == [["a3", "a1"], ["a2"], []]


def test_another_account_sees_nothing(owner):
    owner.api.post(PATH, json={"email": "a@example.com"})
    stranger = make_owner()
    assert stranger.api.get(PATH).json["data"] == []
    assert stranger.api.delete(f"{PATH}/a@example.com").status == 400


def test_reading_is_no_right_to_write(owner):
    form = {"username": owner.email, "password": PASSWORD, "scopes": "suppressions:read"}
    token = Api().post("/token", form=form).json["access_token"]
    assert Api(token).get(PATH).status == 200
    assert Api(token).post(PATH, json={"email": "a@example.com"}).status == 403


def test_contacts_of_every_list_are_marked_and_unmarked(owner):
    lists = [make_list(owner), make_list(owner)]
    ids = [
        owner.api.post(f"/lists/{list_id}/contacts", json={"email": "a@example.com"}).json["id"] for list_id in lists
    ]

    def marks():
        return [
            bootstrap.contacts().get(owner.account_id, list_id, contact_id).suppressed
            for list_id, contact_id in zip(lists, ids, strict=True)
        ]

    owner.api.post(PATH, json={"email": "A@example.com"})
    assert marks() == [True, True]
    later = owner.api.post(f"/lists/{make_list(owner)}/contacts", json={"email": "a@example.com"}).json
    assert later["data"]["status"] == "active"
    owner.api.delete(f"{PATH}/a@example.com")
    assert marks() == [False, False]


def test_senders_learn_of_wildcards_and_of_new_entries(owner):
    service = bootstrap.suppressions()
    for email in ("*@bad.example.com", "info@*", "a@example.com"):
        owner.api.post(PATH, json={"email": email})
    blocking = service.blocking(owner.account_id)
    covered = ["x@bad.example.com", "info@other.example.com", "a@example.com"]
    assert [blocking.covers(address) for address in [*covered, "b@example.com"]] == [True, True, True, False]
    assert service.blocks_sending(owner.account_id, "Info@Example.com")
    assert not service.blocks_sending(owner.account_id, "b@example.com")


def test_after_erasure_the_address_is_gone_and_still_suppressed(owner):
    owner.api.post(PATH, json={"email": "a@example.com"})
    bootstrap.suppressions().erase(owner.account_id, "a@example.com")
    assert owner.api.get(PATH).json["data"] == [{"email": "", "source": "manual"}]
    assert bootstrap.suppressions().suppressed(owner.account_id, ["a@example.com"]).keys() == {"a@example.com"}


def test_every_operation_shows_and_counts_suppressed_contacts(owner, platform):
    list_id = make_list(owner)
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(PATH, json={"email": "before@example.com"})
    for email in ("before@example.com", "after@example.com", "left@example.com", "free@example.com"):
        owner.api.post(contacts, json={"email": email})
    owner.api.post(f"/lists/{list_id}/import-contacts", json={"contacts": [{"email": "imported@example.com"}]})
    platform.drain("add-contacts")
    for email in ("imported@example.com", "after@example.com", "left@example.com"):
        owner.api.post(PATH, json={"email": email})
    shown = {contact["email"]: contact for contact in owner.api.get(contacts).json["data"]}
    assert shown["free@example.com"]["suppressed"] is None
    mark = shown["after@example.com"]["suppressed"]
    assert mark == {"reason": "manual", "since": int(platform.clock().timestamp()), "pattern": None}
    owner.api.post(f"{contacts}/{shown['left@example.com']['id']}/unsubscribe")

    def matching(value, **query):
        answer = owner.api.get(contacts, query={"filter": f"suppressed=={value}", "with_count": "true", **query})
        page = answer.json
        assert page["pagination"]["count"] == len(page["data"])
        return {contact["email"].partition("@")[0] for contact in page["data"]}

    assert (matching("true"), matching("false")) == ({"before", "after", "left", "imported"}, {"free"})
    assert owner.api.get(contacts, query={"filter": "suppressed==yes"}).status == 400
    report = f"/reports/lists/{list_id}"
    counts = owner.api.get(report).json["data"]
    assert (counts["active_contacts"], counts["mailable_contacts"]) == (4, 1)
    export_id = owner.api.post(f"/lists/{list_id}/exports", query={"filter": "suppressed==true"}).json["id"]
    platform.drain("run-tasks")
    text = httpx.get(owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["suppressed"] for row in rows] == ["manual"] * 4
    bootstrap.address_suppression().suppress(owner.account_id, "after@example.com", SuppressionSource.COMPLAINT)
    assert (
        owner.api.get(f"{contacts}/{shown['after@example.com']['id']}").json["data"]["suppressed"]["reason"]
        == "complaint"
    )
    owner.api.delete(f"{PATH}/before@example.com")
    owner.api.delete(f"{contacts}/{shown['imported@example.com']['id']}")
    counts = owner.api.get(report).json["data"]
    assert (counts["active_contacts"], counts["mailable_contacts"]) == (3, 2)


def test_every_operation_shows_that_a_pattern_suppresses_a_contact(owner, platform):
    list_id = make_list(owner)
    contacts = f"/lists/{list_id}/contacts"
    emails = ("a@bad.example.com", "info@good.example.com", "b@good.example.com")
    ids = {email: owner.api.post(contacts, json={"email": email}).json["id"] for email in emails}
    for pattern in ("*@Bad.example.com", "info@*"):
        owner.api.post(PATH, json={"email": pattern})

    def shown():
        return {contact["email"]: contact["suppressed"] for contact in owner.api.get(contacts).json["data"]}

    def covered(pattern):
        return {"reason": "manual", "since": int(platform.clock().timestamp()), "pattern": pattern}

    expected = dict(zip(emails, (covered("*@bad.example.com"), covered("info@*"), None), strict=True))
    assert shown() == expected
    contact = owner.api.get(f"{contacts}/{ids[emails[0]]}").json["data"]
    assert contact["suppressed"] == expected[emails[0]]
    matching = {
        value: owner.api.get(contacts, query={"filter": f"suppressed=={value}", "with_count": "true"}).json
        for value in ("true", "false")
    }
    found = {value: [contact["email"] for contact in page["data"]] for value, page in matching.items()}
    assert found == {"true": [*emails[:2]], "false": [emails[2]]}
    assert [page["pagination"]["count"] for page in matching.values()] == [2, 1]
    chosen_id = owner.api.post(f"/lists/{list_id}/exports", query={"filter": "suppressed==true"}).json["id"]
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain("run-tasks")
    text = httpx.get(owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]).text
    rows = {row["email"]: row["suppressed"] for row in csv.DictReader(io.StringIO(text))}
    url = owner.api.get(f"/lists/{list_id}/exports/{chosen_id}/download").json["data"]["url"]
    assert [row["email"] for row in csv.DictReader(io.StringIO(httpx.get(url).text))] == [*emails[:2]]
    assert rows == dict(zip(emails, ("manual", "manual", ""), strict=True))
    owner.api.delete(f"{PATH}/info@*")
    assert shown()[emails[1]] is None


def test_of_an_account_with_many_patterns_those_of_the_shown_contacts_are_looked_up(owner, monkeypatch):
    monkeypatch.setattr(service, "MAX_SHOWN_WILDCARDS", 1)
    for pattern in ("*@x.example.com", "info@*", "*@y.example.com"):
        owner.api.post(PATH, json={"email": pattern})
    addresses = ["info@y.example.com", "a@y.example.com", "a@z.example.com"]
    covering = bootstrap.suppressions().wildcards_of(owner.account_id, addresses)
    assert covering["a@y.example.com"].pattern == "*@y.example.com"
    assert covering.keys() == {"info@y.example.com", "a@y.example.com"}
    answer = owner.api.get(f"/lists/{make_list(owner)}/contacts", query={"filter": "suppressed==true"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "too_many_patterns")
