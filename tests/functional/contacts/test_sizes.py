"""Limits of DynamoDB and Lambda: 400 KB per contact, 4 MB per transaction, 6 MB per response."""

import csv
import json

import httpx
import pytest
from botocore.client import BaseClient

from postrider import bootstrap
from postrider.attributes.rules import MAX_BYTES_TOGETHER, MAX_MEDIUMTEXT_BYTES
from postrider.contacts.rules import MAX_TAGS
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list

LARGE = "x" * (MAX_MEDIUMTEXT_BYTES - 100)
NAMES = ("a", "b", "c")
CONTACTS = 60
A_CALL = 30
TRANSACTION_BYTES = 4 * 1024 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def large(owner):
    """A list with attributes of which two fill a contact."""
    path = f"/lists/{make_list(owner)}"
    for name in NAMES:
        assert owner.api.post(f"{path}/custom-attributes", json={"name": name, "type": "mediumtext"}).status == 201
    return path


def values(*names):
    return [{"name": name, "value": LARGE} for name in names]


def refused(answer):
    return answer.status, answer.json["detail"][0]["type"]


@pytest.fixture
def transactions(monkeypatch):
    """Return the sizes of the items that are written."""
    made, call = [], BaseClient._make_api_call

    def noted(client, operation, parameters):
        if operation == "TransactWriteItems":
            made.append(len(json.dumps(parameters, default=str)))
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return made


def test_a_contact_has_a_maximum_size(owner, large):
    assert 2 * len(LARGE) < MAX_BYTES_TOGETHER < 3 * len(LARGE)
    too_much = {"email": "ann@example.com", "custom_attributes": values(*NAMES)}
    assert refused(owner.api.post(f"{large}/contacts", json=too_much)) == (400, "attributes_too_large")
    fits = {"email": "ann@example.com", "custom_attributes": values("a", "b")}
    contact_id = owner.api.post(f"{large}/contacts", json=fits).json["id"]
    more = owner.api.patch(f"{large}/contacts/{contact_id}", json={"custom_attributes": values("c")})
    assert refused(more) == (400, "attributes_too_large")
    cleared = [{"name": "a", "value": None}, *values("c")]
    assert owner.api.patch(f"{large}/contacts/{contact_id}", json={"custom_attributes": cleared}).status == 200


def test_a_row_that_no_contact_can_hold_refuses_its_import(platform, owner, large):
    rows = [{"email": "b@example.com", "custom_attributes": values(*NAMES)}, {"email": "c@example.com"}]
    answer = owner.api.post(f"{large}/import-contacts", json={"import_to": "active", "contacts": rows})
    (problem,) = answer.json["detail"]
    assert (answer.status, problem["type"]) == (422, "attributes_too_large")
    assert problem["loc"] == ["body", "contacts", 0, "custom_attributes"]
    platform.drain()
    assert owner.api.get(f"{large}/contacts", query={"filter": "email==c@example.com"}).json["data"] == []


def test_a_row_that_does_not_fit_on_top_still_takes_consent_away(platform, owner, large):
    first = {"email": "dan@example.com", "custom_attributes": values("a", "b")}
    contact_id = owner.api.post(f"{large}/contacts", json=first).json["id"]
    row = {"email": "dan@example.com", "custom_attributes": values("c")}
    owner.api.post(f"{large}/import-contacts", json={"import_to": "unsubscribed", "contacts": [row]})
    assert platform.drain().failed == []
    contact = owner.api.get(f"{large}/contacts/{contact_id}").json["data"]
    assert contact["status"] == "unsubscribed"
    assert {attribute["name"] for attribute in contact["custom_attributes"]} == {"a", "b"}


def test_a_row_of_a_file_that_does_not_fit_on_top_is_told(platform, owner, large):
    first = {"email": "eve@example.com", "custom_attributes": values("a", "b")}
    contact_id = owner.api.post(f"{large}/contacts", json=first).json["id"]
    upload_id = owner.api.post(f"{large}/imports/uploads").json["id"]
    raw = f"email,c\r\nnew@example.com,{LARGE}\r\neve@example.com,{LARGE}\r\n".encode()
    bootstrap.object_store().put(f"imports/{owner.account_id}/uploads/{upload_id}.csv", raw)
    import_id = owner.api.post(f"{large}/imports", json={"upload_id": upload_id, "import_to": "unsubscribed"}).json[
        "id"
    ]
    platform.drain()
    told = owner.api.get(f"{large}/imports/{import_id}").json["data"]
    assert (told["rows"], told["created"], told["updated"], told["refused"]) == (2, 1, 0, 1)
    _, row = csv.reader(httpx.get(told["refused_url"]).text.splitlines())
    assert (row[:2], row[3]) == (["2", "attributes_too_large"], "eve@example.com")
    contact = owner.api.get(f"{large}/contacts/{contact_id}").json["data"]
    assert contact["status"] == "unsubscribed", "consent goes all the same"
    assert {attribute["name"] for attribute in contact["custom_attributes"]} == {"a", "b"}


def test_many_large_contacts_change_in_transactions_that_dynamodb_takes_and_come_in_pages(
    platform, owner, large, transactions
):
    ids = []
    for start in range(0, CONTACTS, A_CALL):
        rows = [
            {"email": f"r{number}@example.com", "custom_attributes": values("a", "b")}
            for number in range(start, start + A_CALL)
        ]
        ids += owner.api.post(f"{large}/import-contacts", json={"import_to": "active", "contacts": rows}).json["id"]
    platform.drain()
    answer = owner.api.post(f"{large}/contacts/tag", json={"contact_ids": ids, "tags": ["vip"]})
    assert answer.status == 200, answer.text
    assert sum(transactions) > TRANSACTION_BYTES
    assert max(transactions) < TRANSACTION_BYTES
    page = owner.api.get(f"{large}/contacts", query={"per_page": 20, "query": 'TAG IS "vip"'})
    assert len(page.json["data"]) == 20
    # 60 of 128 KB each are more than Lambda can answer
    answer = owner.api.get(f"{large}/contacts", query={"per_page": 100})
    assert refused(answer) == (400, "answer_too_large")
    assert "request fewer items" in answer.json["detail"][0]["msg"]


def test_a_contact_full_of_tags_keeps_no_other_from_a_change(platform, owner):
    contacts = f"/lists/{make_list(owner)}/contacts"
    full, other = (owner.api.post(contacts, json={"email": f"{name}@example.com"}).json["id"] for name in "fo")
    tags = [f"t{number}" for number in range(MAX_TAGS)]
    assert owner.api.post(f"{contacts}/{full}/tag", json={"tags": tags}).status == 200
    assert owner.api.post(f"{contacts}/tag", json={"contact_ids": [full, other], "tags": ["one-more"]}).status == 200
    assert owner.api.get(f"{contacts}/{other}").json["data"]["tags"] == ["one-more"]
    assert len(owner.api.get(f"{contacts}/{full}").json["data"]["tags"]) == MAX_TAGS
