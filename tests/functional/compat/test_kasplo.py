"""The Kasplo API: envelopes, paging, fields, tags and contacts. Isolation and rights are in test_dialects.py."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

from postrider import bootstrap
from postrider.http.handlers import MAX_BODY_BYTES
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list
from tests.testing.kasplo import make_client

FOLDER = Path(__file__).parents[3] / "functions" / "compat" / "kasplo"
MAIN_API = ("functions.api", "postrider.http.main", "postrider.http.main.wire", "postrider.http.main.listing")
READS = ("list", "custom-field", "tag")
BORN = "Invalid value for custom field 'born', expected date"
CITY = "Invalid value for custom field 'city', expected string"
AGE = "Invalid value for custom field 'age', expected numeric"


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


def test_a_revoked_credential_is_refused(owner, client):
    assert client.get("list").status == 200
    (shown,) = owner.api.get("/credentials").json["data"]
    owner.api.delete(f"/credentials/{shown['id']}")
    bootstrap.reset()
    assert client.get("list").status == 401


def test_an_unknown_resource_is_404(client):
    answer = client.get("nothing")
    assert (answer.status, error_of(answer)) == (404, (404, "not_found"))


def test_a_body_over_the_limit_is_413(client):
    answer = client.call("POST", "contact", body="x" * (MAX_BODY_BYTES + 1))
    assert (answer.status, error_of(answer)) == (413, (413, "too_large"))


def test_a_fault_is_500_and_says_nothing_of_its_cause(client, monkeypatch):
    monkeypatch.setattr(type(bootstrap.lists()), "all", lambda self, account_id: 1 / 0)
    answer = client.get("list")
    assert (answer.status, error_of(answer)) == (500, (500, "internal_server_error"))
    assert "zero" not in answer.text


def test_a_slash_at_the_end_and_a_body_of_a_read_do_no_harm(owner, client):
    make_list(owner)
    assert client.call("GET", "list/").json["total"] == 1
    assert client.call("GET", "list", body="nonsense").json["total"] == 1


def test_the_dialect_uses_nothing_of_the_main_api():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(MAIN_API)], path


def test_the_dialect_only_translates():
    """Code for several dialects is in `postrider.http`, so that the folder of the dialect has less than 250 lines of code."""
    lines = [line for path in FOLDER.glob("*.py") for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) < 250


@pytest.fixture
def list_id(owner):
    """A list with a field of each type."""
    list_id = make_list(owner)
    for name, kind in (("city", "text"), ("notes", "mediumtext"), ("age", "integer"), ("born", "datetime")):
        answer = owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": name, "type": kind})
        assert answer.status == 201, answer.text
    return list_id


def sent(list_id, *contacts, **more):
    return {"data": list(contacts), "list_id": f"{list_id:032x}", **more}


def contacts_of(owner, list_id, platform):
    """Return what the list has after the queue is done: attributes, tags and status by address."""
    platform.drain()
    found = owner.api.get(f"/lists/{list_id}/contacts").json["data"]
    return {
        contact["email"]: (
            {value["name"]: value["value"] for value in contact["custom_attributes"] if value["value"] is not None},
            set(contact["tags"]),
            contact["status"],
        )
        for contact in found
    }


def test_fields_of_all_lists_are_shown_once(owner, client, list_id):
    other = make_list(owner)
    for name in ("age", "shoe"):
        owner.api.post(f"/lists/{other}/custom-attributes", json={"name": name, "type": "text"})
    shown = client.get("custom-field").json
    assert {field["name"]: field["type"] for field in shown["data"]} == {
        "age": "numeric",
        "born": "date",
        "city": "string",
        "notes": "string",
        "shoe": "string",
    }
    assert shown["total"] == 5
    assert len({field["custom_id"] for field in shown["data"]}) == 5
    assert all(re.fullmatch(r"[0-9a-f]{32}", field["custom_id"]) for field in shown["data"])
    assert client.get("custom-field", name="SHOE").json["total"] == 1
    assert client.get("custom-field", status=2).json["data"] == []


@pytest.fixture
def defined_list_id(owner):
    """A list with a field of each type and format."""
    list_id = make_list(owner)
    for name, kind, definition in (
        ("agreed", "text", {"format": "boolean"}),
        ("height", "text", {"format": "number"}),
        ("age", "integer", {}),
        ("joined", "text", {"format": "date"}),
        ("born", "datetime", {}),
        ("colour", "text", {"format": "choice", "options": ["red", "1"]}),
    ):
        attributes = f"/lists/{list_id}/custom-attributes"
        assert owner.api.post(attributes, json={"name": name, "type": kind}).status == 201
        answer = owner.api.patch(f"{attributes}/{name}", json=definition)
        assert answer.status == 200, answer.text
    return list_id


def test_a_field_is_shown_as_it_is_defined(owner, client, defined_list_id, platform):
    platform.clock.move(timedelta(hours=1))
    owner.api.patch(
        f"/lists/{defined_list_id}/custom-attributes/colour",
        json={"required": True, "default": "red", "options": ["red", "green"]},
    )
    shown = {field["name"]: field for field in client.get("custom-field").json["data"]}
    assert {name: (field["type"], field["values"]) for name, field in shown.items()} == {
        "age": ("numeric", ""),
        "agreed": ("boolean", ""),
        "born": ("date", ""),
        "colour": ("dropdown", "red,green"),
        "height": ("numeric", ""),
        "joined": ("date", ""),
    }
    assert (shown["colour"]["required"], shown["colour"]["default"]) == (1, "red")
    assert (shown["age"]["required"], shown["age"]["default"]) == (0, "")
    assert shown["colour"]["created_at"] < shown["colour"]["updated_at"]


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("agreed", True, "true"),
        ("agreed", "true", "true"),
        ("agreed", "1", "true"),
        ("agreed", False, "false"),
        ("agreed", "0", "false"),
        ("height", 1.85, "1.85"),
        ("height", "-1.85", "-1.85"),
        ("height", 0.00001, "0.00001"),
        ("height", 2, "2"),
        ("age", "25", "25"),
        ("joined", "2024-02-29", "2024-02-29"),
        ("joined", "2024-11-18T18:08:20Z", "2024-11-18T18:08:20Z"),
        ("born", "2024-11-18T18:08:20+01:00", "2024-11-18 17:08:20"),
        ("colour", "red", "red"),
        ("colour", 1, "1"),
    ],
)
def test_a_value_of_its_format_is_taken(owner, client, defined_list_id, platform, name, value, stored):
    answer = client.post(sent(defined_list_id, {"email": "a@example.com", "custom_fields": {name: value}})).json
    assert answer["data"]["invalid_contacts"] == []
    assert contacts_of(owner, defined_list_id, platform)["a@example.com"][0] == {name: stored}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("agreed", "yes", "boolean"),
        ("agreed", "TRUE", "boolean"),
        ("height", "1,85", "numeric"),
        ("height", "1e3", "numeric"),
        ("height", True, "numeric"),
        ("age", "1.5", "numeric"),
        ("joined", "2023-02-29", "date"),
        ("joined", "18.11.2024", "date"),
        ("joined", 1700000000, "date"),
        ("born", "20240131", "date"),
        ("colour", "blue", "dropdown"),
        ("colour", "Red", "dropdown"),
        ("colour", True, "dropdown"),
    ],
)
def test_a_value_of_another_format_is_refused(client, defined_list_id, name, value, expected):
    answer = client.post(sent(defined_list_id, {"email": "a@example.com", "custom_fields": {name: value}})).json
    (refused,) = answer["data"]["invalid_contacts"]
    assert refused["string"] == f"Invalid value for custom field '{name}', expected {expected}"


@pytest.mark.parametrize("fields", [None, {}, {"colour": ""}, {"colour": "  "}, {"colour": None}])
def test_a_required_field_needs_a_value_or_a_default(owner, client, defined_list_id, platform, fields):
    attribute = f"/lists/{defined_list_id}/custom-attributes/colour"
    owner.api.patch(attribute, json={"required": True})
    contact = {"email": "a@example.com"} | ({} if fields is None else {"custom_fields": fields})
    other = {"email": "b@example.com", "custom_fields": {"colour": "1"}}
    answer = client.post(sent(defined_list_id, contact, other)).json["data"]
    assert answer["valid_contacts"] == [other]
    assert answer["invalid_contacts"] == [{**contact, "string": "Required custom field 'colour' is missing"}]
    owner.api.patch(attribute, json={"default": "red"})
    assert client.post(sent(defined_list_id, contact)).json["data"]["total_valid"] == 1
    assert contacts_of(owner, defined_list_id, platform) == {
        "a@example.com": ({"colour": "red"}, set(), "active"),
        "b@example.com": ({"colour": "1"}, set(), "active"),
    }


def test_a_known_contact_keeps_values_that_are_not_sent(owner, client, defined_list_id, platform):
    client.post(sent(defined_list_id, {"email": "a@example.com", "custom_fields": {"colour": "1", "height": 2}}))
    platform.drain()
    attributes = f"/lists/{defined_list_id}/custom-attributes"
    owner.api.patch(f"{attributes}/colour", json={"required": True})
    owner.api.patch(f"{attributes}/height", json={"default": "1.5"})
    changed = {"email": "A@example.com", "custom_fields": {"age": 30}}
    assert client.post(sent(defined_list_id, changed, update_subscribers=True)).json["data"]["total_valid"] == 1
    (values, _, _) = contacts_of(owner, defined_list_id, platform)["a@example.com"]
    assert values == {"colour": "1", "height": "2", "age": "30"}


def test_a_list_gets_the_definition_with_the_field(owner, client, defined_list_id, platform):
    owner.api.patch(f"/lists/{defined_list_id}/custom-attributes/colour", json={"default": "red"})
    other = make_list(owner)
    client.post(sent(other, {"email": "a@example.com"}))
    assert contacts_of(owner, other, platform)["a@example.com"][0] == {"colour": "red"}
    copied = owner.api.patch(f"/lists/{other}/custom-attributes/colour", json={}).json["data"]
    assert (copied["format"], copied["options"], copied["default"]) == ("choice", ["red", "1"], "red")


def test_tags_have_an_envelope_of_their_own(owner, client):
    owner.api.post("/tags", json={"tag": "vip"})
    answer = client.get("tag").json
    assert (answer["status"], answer["statuscode"], answer["message"], answer["total"]) == (True, 200, "Success", 1)
    assert "error" not in answer
    assert client.get("tag", status=2).json["data"] == []


def test_an_archived_tag_is_inactive_and_no_contact_gets_it(owner, client, list_id, platform):
    for name in ("old", "vip"):
        owner.api.post("/tags", json={"tag": name})
    before = {tag["name"]: tag for tag in client.get("tag").json["data"]}
    platform.clock.move(timedelta(hours=1))
    owner.api.post("/tags/old/archive")
    assert [tag["name"] for tag in client.get("tag").json["data"]] == ["vip"]
    (shown,) = client.get("tag", status=2).json["data"]
    assert shown == {**before["old"], "status": 2, "modified_at": shown["modified_at"]}
    assert before["old"]["modified_at"] < shown["modified_at"]
    body = sent(list_id, {"email": "a@example.com"}, tags=[before["vip"]["tag_id"], before["old"]["tag_id"]])
    answer = client.post(body)
    assert (answer.status, error_of(answer)) == (404, (404, "not_found"))
    assert contacts_of(owner, list_id, platform) == {}
    owner.api.post("/tags/old/unarchive")
    assert client.get("tag").json["total"] == 2
    assert client.post(body).status == 202
    assert contacts_of(owner, list_id, platform) == {"a@example.com": ({}, {"old", "vip"}, "active")}


def test_contacts_are_written_with_names_fields_and_tags(owner, client, list_id, platform):
    owner.api.post("/tags", json={"tag": "vip"})
    (tag,) = client.get("tag").json["data"]
    contact = {
        "email": "John@Example.com",
        "first_name": "John",
        "last_name": "Doe",
        "custom_fields": {"city": "Bangalore", "age": "25", "born": "1999-12-31", "notes": ""},
    }
    answer = client.post(sent(list_id, contact, {"email": "b@example.com"}, tags=[tag["tag_id"]]))
    assert answer.status == 202
    assert answer.json == {
        "status": 202,
        "message": "Request processed successfully.",
        "data": {
            "valid_contacts": [contact, {"email": "b@example.com"}],
            "invalid_contacts": [],
            "total_valid": 2,
            "total_invalid": 0,
        },
        "error": {},
    }
    values = {"first_name": "John", "last_name": "Doe", "city": "Bangalore", "age": "25", "born": "1999-12-31 00:00:00"}
    assert contacts_of(owner, list_id, platform) == {
        "John@Example.com": (values, {"vip"}, "active"),
        "b@example.com": ({}, {"vip"}, "active"),
    }


def test_a_value_has_the_type_that_the_field_has_on_the_list_in_the_request(owner, client, platform):
    """Another list may have an older field of the same name and another type."""
    list_ids = {}
    for kind in ("text", "integer"):
        list_ids[kind] = make_list(owner)
        field = {"name": "size", "type": kind}
        assert owner.api.post(f"/lists/{list_ids[kind]}/custom-attributes", json=field).status == 201
    contact = {"email": "c@example.com", "custom_fields": {"size": "large"}}
    for kind, valid in (("text", 1), ("integer", 0)):
        answer = client.post(sent(list_ids[kind], contact))
        assert (answer.status, answer.json["data"]["total_valid"]) == (202, valid)
    assert contacts_of(owner, list_ids["integer"], platform) == {}


def test_an_erased_person_is_an_invalid_contact(owner, client, list_id, platform):
    bootstrap.privacy().erase(owner.account_id, "erased@example.com")
    answer = client.post(sent(list_id, {"email": "Erased@example.com"}, {"email": "b@example.com"}))
    [invalid] = answer.json["data"]["invalid_contacts"]
    assert (answer.status, invalid["email"], invalid["string"]) == (202, "Erased@example.com", "Invalid email")
    assert contacts_of(owner, list_id, platform) == {"b@example.com": ({}, set(), "active")}


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ({"email": "A@example.com"}, "Contact already exists in request, not unique"),
        ({"email": "no address"}, "Invalid email"),
        ({"email": 5}, "Invalid email"),
        ({"first_name": "Nobody"}, "Invalid email"),
        ({"email": None, "shoe_size": 43}, "Invalid email"),
        ({"email": "c@example.com", "custom_fields": {"age": "old"}}, AGE),
        ({"email": "c@example.com", "custom_fields": {"age": True}}, AGE),
        ({"email": "c@example.com", "custom_fields": {"age": [25]}}, AGE),
        (
            {"email": "c@example.com", "custom_fields": {"born": "soon"}},
            "Invalid value for custom field 'born', expected date",
        ),
        (
            {"email": "c@example.com", "custom_fields": {"city": {"a": 1}}},
            "Invalid value for custom field 'city', expected string",
        ),
        ({"email": "c@example.com", "custom_fields": {"shoe": "43"}}, "Custom field 'shoe' does not exist"),
        ({"email": "c@example.com", "custom_fields": {"shoe": [43]}}, "Custom field 'shoe' does not exist"),
        (
            {"email": "c@example.com", "custom_fields": {"city": "x" * 256}},
            "Invalid value for custom field 'city', expected string",
        ),
    ],
)
def test_a_contact_that_does_not_fit_is_refused_by_itself(owner, client, list_id, platform, contact, reason):
    answer = client.post(sent(list_id, {"email": "a@example.com", "custom_fields": {"age": 25.0}}, contact)).json[
        "data"
    ]
    assert answer["invalid_contacts"] == [{**contact, "string": reason}], "as it was sent"
    assert (answer["total_valid"], answer["total_invalid"]) == (1, 1)
    assert contacts_of(owner, list_id, platform) == {"a@example.com": ({"age": "25"}, set(), "active")}


def test_an_address_is_free_again_after_an_entry_that_was_refused(client, list_id):
    bad = {"email": "a@example.com", "custom_fields": {"age": "old"}}
    answer = client.post(sent(list_id, bad, {"email": "a@example.com"})).json["data"]
    assert (answer["total_valid"], answer["total_invalid"]) == (1, 1)


def test_when_every_contact_is_refused_the_answer_is_still_202(client, list_id):
    answer = client.post(sent(list_id, {"email": "x"}))
    assert (answer.status, answer.json["data"]["total_valid"]) == (202, 0)


def test_a_known_contact_is_left_alone_unless_updates_are_asked_for(owner, client, list_id, platform):
    old = {"email": "a@example.com", "custom_fields": {"city": "Delhi", "age": 30}}
    client.post(sent(list_id, old))
    platform.drain()
    new = {"email": "A@example.com", "custom_fields": {"city": "Pune"}}
    refused = client.post(sent(list_id, new)).json["data"]["invalid_contacts"]
    assert [contact["string"] for contact in refused] == ["Contact already exists"]
    assert contacts_of(owner, list_id, platform)["a@example.com"][0] == {"city": "Delhi", "age": "30"}
    assert client.post(sent(list_id, new, update_subscribers=True)).json["data"]["total_valid"] == 1
    assert contacts_of(owner, list_id, platform)["a@example.com"][0] == {"city": "Pune", "age": "30"}


def test_a_contact_of_another_list_is_new_here_and_brings_its_field(owner, client, list_id, platform):
    other = make_list(owner)
    contact = {"email": "a@example.com", "custom_fields": {"city": "Delhi"}}
    for target in (list_id, other):
        assert client.post(sent(target, contact)).json["data"]["total_valid"] == 1
        assert contacts_of(owner, target, platform) == {"a@example.com": ({"city": "Delhi"}, set(), "active")}


def test_no_update_brings_back_a_contact_that_has_left(owner, client, list_id, platform):
    contact = {"email": "a@example.com"}
    client.post(sent(list_id, contact))
    platform.drain()
    (stored,) = owner.api.get(f"/lists/{list_id}/contacts").json["data"]
    assert owner.api.post(f"/lists/{list_id}/contacts/{stored['id']}/unsubscribe").status == 200
    changed = {**contact, "custom_fields": {"city": "Pune"}}
    assert client.post(sent(list_id, changed, update_subscribers=True)).json["data"]["total_valid"] == 1
    assert contacts_of(owner, list_id, platform) == {"a@example.com": ({"city": "Pune"}, set(), "unsubscribed")}


def test_unknown_ids_are_404_and_nothing_is_stored(owner, client, list_id, platform):
    archived = make_list(owner)
    owner.api.post(f"/lists/{archived}/archive")
    stranger = make_owner()
    foreign_list = make_list(stranger)
    stranger.api.post("/tags", json={"tag": "theirs"})
    (foreign_tag,) = make_client(stranger).get("tag").json["data"]
    contact = {"email": "a@example.com"}
    for body in (
        sent(foreign_list, contact),
        sent(archived, contact),
        sent(2**127, contact),
        {"data": [contact], "list_id": "314dc5317d78a2ab45ac641aas4de156"},
        {"data": [contact], "list_id": str(list_id)},
        sent(list_id, contact, tags=[foreign_tag["tag_id"]]),
        sent(list_id, contact, tags=["314dc5317d78a2ab45ac641aas4de156"]),
    ):
        answer = client.post(body)
        assert (answer.status, error_of(answer)) == (404, (404, "not_found")), body
    for owner_, list_ in ((owner, list_id), (stranger, foreign_list)):
        assert contacts_of(owner_, list_, platform) == {}


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"data": [], "list_id": "0"},
        {"data": [{"email": "a@example.com"}]},
        {"data": [{"email": "a@example.com"}] * 101, "list_id": "0"},
        {"data": [{"email": "a@example.com", "first_name": 5}], "list_id": "0"},
        {"data": [{"email": "a@example.com", "custom_fields": []}], "list_id": "0"},
        {"data": {"email": "a@example.com"}, "list_id": "0"},
        [{"data": [{"email": "a@example.com"}], "list_id": "0"}],
    ],
)
def test_a_body_that_does_not_fit_is_400(client, body):
    answer = client.post(body)
    assert (answer.status, error_of(answer)) == (400, (400, "bad_request"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{no json", "body"),
        ("[1]", "body"),
        ('{"data": [{"email": "a@example.com", "first_name": 5}], "list_id": "0"}', "body.data.0.first_name"),
    ],
)
def test_a_wrong_body_is_named_with_its_place(client, body, field):
    (problem,) = client.call("POST", "contact", body=body).json["error"]["details"]
    assert problem["field"] == field


def test_an_unknown_tag_is_named_with_its_place(client, list_id):
    answer = client.post(sent(list_id, {"email": "a@example.com"}, tags=[f"{2**31:032x}"]))
    assert (answer.status, answer.json["error"]["details"]["field"]) == (404, "tags.0")


def test_a_hundred_contacts_are_taken(owner, client, list_id, platform):
    contacts = [{"email": f"{number}@example.com"} for number in range(100)]
    assert client.post(sent(list_id, *contacts)).json["data"]["total_valid"] == 100
    assert len(contacts_of(owner, list_id, platform)) == 50, "a page"


def test_a_repeated_call_with_its_key_is_answered_again(owner, client, list_id, platform):
    body = sent(list_id, {"email": "a@example.com"})
    options = {"json": body, "headers": {"Idempotency-Key": "once"}}
    first, second = (client.call("POST", "contact", **options) for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json) == (202, first.json)
    other = client.call("POST", "contact", json=sent(list_id, {"email": "b@example.com"}), headers=options["headers"])
    assert (other.status, error_of(other)) == (409, (409, "conflict"))
