"""Contacts over HTTP."""

import pytest

from postrider import bootstrap
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.factories.workflows import action_body, make_workflow
from tests.testing.harness import Api


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture
def contacts(owner):
    """The path of a new list's contacts."""
    return f"/lists/{make_list(owner)}/contacts"


def add(owner, contacts, email="a@example.com", **options):
    attributes = options.pop("attributes", None)
    body = {"email": email} | ({"custom_attributes": attributes} if attributes else {})
    answer = owner.api.post(contacts, json=body, query=options)
    assert answer.status == 201, answer.text
    return answer.json["id"]


def status_of(owner, contacts, contact_id):
    return owner.api.get(f"{contacts}/{contact_id}").json["data"]["status"]


def test_a_new_contact_is_active(owner, contacts):
    answer = owner.api.post(contacts, json={"email": " Ann@Example.com "})
    assert answer.status == 201
    data = answer.json["data"]
    assert answer.json == {"id": data["id"], "object": "contact", "created": True, "data": data}
    assert data == {
        "id": data["id"],
        "email": "Ann@Example.com",
        "status": "active",
        "subscribed_on": data["subscribed_on"],
        "last_bounce_type": "none",
        "bounces_count": 0,
        "custom_attributes": [],
        "tags": [],
        "interests": [],
        "opted_in_on": None,
        "suppressed": None,
    }
    assert owner.api.get(f"{contacts}/{data['id']}").json == {"data": data}


def test_adding_again_updates_and_keeps_the_id(owner, contacts):
    owner.api.post(contacts.replace("/contacts", "/custom-attributes"), json={"name": "city", "type": "text"})
    first = add(owner, contacts, attributes=[{"name": "city", "value": "Bern"}])
    second = add(owner, contacts, "A@EXAMPLE.com", attributes=[{"name": "city", "value": "Basel"}])
    assert first == second
    data = owner.api.get(f"{contacts}/{first}").json["data"]
    assert data["custom_attributes"] == [{"name": "city", "value": "Basel"}]


def test_the_same_address_in_two_lists_is_two_contacts(owner, contacts):
    other = f"/lists/{make_list(owner)}/contacts"
    assert add(owner, contacts) != add(owner, other)


@pytest.mark.parametrize(
    ("resubscribe", "status"), [("true", "active"), ("0", "unsubscribed"), ("False", "unsubscribed")]
)
def test_resubscribing_is_the_default_and_can_be_declined(owner, contacts, resubscribe, status):
    contact_id = add(owner, contacts)
    answer = owner.api.post(f"{contacts}/{contact_id}/unsubscribe")
    assert answer.json["subscribed"] is False
    assert answer.json["data"]["status"] == "unsubscribed"
    add(owner, contacts, resubscribe=resubscribe)
    assert status_of(owner, contacts, contact_id) == status


@pytest.mark.parametrize(
    ("mode", "status"), [("true", "pending"), ("True", "pending"), ("new", "pending"), ("false", "active")]
)
def test_double_opt_in_leaves_a_new_contact_pending(owner, contacts, mode, status):
    for _ in range(2):  # a repeated call confirms nothing
        contact_id = add(owner, contacts, send_double_opt_in=mode)
        assert status_of(owner, contacts, contact_id) == status


def test_a_patch_sets_what_is_given(owner, contacts):
    list_path = contacts.removesuffix("/contacts")
    owner.api.post(f"{list_path}/custom-attributes", json={"name": "age", "type": "integer"})
    owner.api.post(f"{list_path}/custom-attributes", json={"name": "city", "type": "text"})
    owner.api.post(f"{list_path}/interests", json={"name": "news"})
    contact_id = add(owner, contacts, attributes=[{"name": "city", "value": "Bern"}])
    answer = owner.api.patch(
        f"{contacts}/{contact_id}",
        json={
            "email": "b@example.com",
            "tags": ["vip"],
            "interests": ["news"],
            "custom_attributes": [{"name": "age", "value": "42"}],
        },
    )
    assert (answer.status, answer.json["updated"]) == (200, True)
    data = answer.json["data"]
    assert (data["email"], data["tags"], data["interests"]) == ("b@example.com", ["vip"], ["news"])
    assert data["custom_attributes"] == [{"name": "age", "value": "42"}, {"name": "city", "value": "Bern"}]
    cleared = owner.api.patch(
        f"{contacts}/{contact_id}", json={"tags": [], "custom_attributes": [{"name": "city", "value": None}]}
    ).json["data"]
    assert (cleared["tags"], cleared["interests"]) == ([], ["news"])
    assert cleared["custom_attributes"] == [{"name": "age", "value": "42"}]
    assert owner.api.get("/tags/vip").status == 200


def test_an_address_of_another_contact_is_refused(owner, contacts):
    add(owner, contacts, "a@example.com")
    contact_id = add(owner, contacts, "b@example.com")
    answer = owner.api.patch(f"{contacts}/{contact_id}", json={"email": "A@example.com"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "contact_exists")


def test_a_deleted_contact_is_gone(owner, contacts):
    contact_id = add(owner, contacts)
    answer = owner.api.delete(f"{contacts}/{contact_id}")
    assert answer.json == {"id": contact_id, "object": "contact", "deleted": True}
    for method in ("GET", "DELETE", "PATCH"):
        options = {"json": {}} if method == "PATCH" else {}
        assert owner.api.call(method, f"{contacts}/{contact_id}", **options).status == 400
    assert owner.api.get(contacts).json["data"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"email": "nobody"}, 422),
        ({"email": "a@example.com\r\nBcc: x@example.com"}, 422),
        ({"email": 5}, 422),
        ({"email": "a@example.com", "custom_attributes": [{"name": "none", "value": "1"}]}, 400),
        ({"email": "a@example.com", "custom_attributes": "x"}, 422),
    ],
)
def test_an_invalid_call_is_refused_and_stores_nothing(owner, contacts, body, status):
    answer = owner.api.post(contacts, json=body)
    assert answer.status == status
    assert answer.json["detail"][0]["loc"][0] == "body"
    assert owner.api.get(contacts).json["data"] == []


def test_unknown_properties_are_ignored(owner, contacts):
    answer = owner.api.post(contacts, json={"email": "a@example.com", "status": "flagged", "id": 7, "x": {}})
    assert (answer.status, answer.json["data"]["status"]) == (201, "active")


def test_a_list_that_is_not_there(owner):
    for answer in (
        owner.api.get("/lists/987654/contacts"),
        owner.api.post("/lists/987654/contacts", json={"email": "a@example.com"}),
        owner.api.post("/lists/987654/import-contacts", json={"contacts": [{"email": "a@example.com"}]}),
    ):
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, "list_not_found")


def test_another_account_sees_nothing(owner, contacts):
    contact_id = add(owner, contacts)
    stranger = make_owner()
    own_list = make_list(stranger)
    for path in (f"{contacts}/{contact_id}", f"/lists/{own_list}/contacts/{contact_id}"):
        assert stranger.api.get(path).status == 400
        assert stranger.api.delete(path).status == 400
        assert stranger.api.post(f"{path}/unsubscribe").status == 400
    assert status_of(owner, contacts, contact_id) == "active"


def test_reading_is_no_right_to_write(owner, contacts):
    token = (
        Api()
        .post(
            "/token",
            form={"username": owner.email, "password": "correct horse battery staple", "scopes": "contacts:read"},
        )
        .json["access_token"]
    )
    assert Api(token).get(contacts).status == 200
    answer = Api(token).post(contacts, json={"email": "a@example.com"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (403, "forbidden")


def test_without_a_token(contacts):
    assert Api().get(contacts).status == 401


def test_a_listing_by_cursor_and_by_page(owner, contacts):
    ids = [add(owner, contacts, f"a{number}@example.com") for number in range(7)]
    cursor, found = None, []
    while True:
        answer = owner.api.get(contacts, query={"per_page": 3} | ({"cursor": cursor} if cursor else {})).json
        found += [contact["id"] for contact in answer["data"]]
        cursor = answer["pagination"]["cursor"]["next"]
        if cursor is None:
            break
    assert found == ids
    numbered = [
        owner.api.get(contacts, query={"per_page": 3, "page": page, "with_count": "True"}).json for page in (1, 2, 3, 4)
    ]
    assert [[contact["id"] for contact in answer["data"]] for answer in numbered] == [ids[:3], ids[3:6], ids[6:], []]
    assert {answer["pagination"]["count"] for answer in numbered} == {7}
    assert numbered[1]["pagination"]["page"] == 2
    assert owner.api.get(contacts).json["pagination"]["count"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "nothing"},
        {"filter": "nothing==1"},
        {"filter": "status"},
        {"cursor": "abc"},
        {"page": 1, "cursor": "abc"},
        {"query": '`nothing` = "1"'},
        {"fiql": "((("},
        {"query": "`id` > 1", "fiql": "id=gt=1"},
    ],
    ids=str,
)
def test_an_invalid_listing_is_refused(owner, contacts, query):
    answer = owner.api.get(contacts, query=query)
    assert answer.status == 400
    assert answer.json["detail"][0]["loc"][0] == "query"


def test_a_selection_filters_and_sorts(owner, contacts):
    for number in range(5):
        add(owner, contacts, f"a{number}@example.com")
    answer = owner.api.get(
        contacts,
        query={"query": '`email` LIKE "a%" AND `email` != "a2@example.com"', "sort": "-email", "with_count": "1"},
    ).json
    assert [contact["email"][:2] for contact in answer["data"]] == ["a4", "a3", "a1", "a0"]
    assert answer["pagination"]["count"] == 4


def test_the_contacts_of_a_segment(owner, contacts):
    list_path = contacts.removesuffix("/contacts")
    for number in range(4):
        add(owner, contacts, f"a{number}@example.com")
    segment = owner.api.post(f"{list_path}/segments", json={"name": "S", "fiql": "email==a1*,email==a2@example.com"})
    segment = owner.api.post(
        f"{list_path}/segments", json={"name": "S", "fiql": "email=like=a1*,email==a2@example.com"}
    )
    path = f"{list_path}/segments/{segment.json['id']}/contacts"
    assert [contact["email"] for contact in owner.api.get(path).json["data"]] == ["a1@example.com", "a2@example.com"]
    narrowed = owner.api.get(path, query={"fiql": "email=like=*2*"}).json["data"]
    assert [contact["email"] for contact in narrowed] == ["a2@example.com"]
    assert owner.api.get(f"{list_path}/segments/99999/contacts").status == 400


def test_an_import_answers_ids_at_once_and_the_contacts_follow(owner, contacts, platform):
    path = contacts.replace("/contacts", "/import-contacts")
    answer = owner.api.post(path, json={"contacts": [{"email": "b@example.com"}, {"email": "a@example.com"}]})
    assert answer.status == 201
    assert (len(answer.json["id"]), answer.json["imported"], answer.json["object"]) == (2, True, "contact")
    assert answer.json["data"] == []
    platform.drain("add-contacts")
    found = owner.api.get(contacts).json["data"]
    assert [(contact["id"], contact["email"]) for contact in found] == list(
        zip(answer.json["id"], ["b@example.com", "a@example.com"], strict=True)
    )


def test_bad_rows_refuse_an_import_and_are_named_by_their_index(owner, contacts, platform):
    rows = [
        {"email": "a@example.com"},
        {"email": "no address"},
        {"email": "b@example.com", "custom_attributes": [{"name": "unknown", "value": "x"}]},
    ]
    answer = owner.api.post(contacts.replace("/contacts", "/import-contacts"), json={"contacts": rows})
    assert (answer.status, [(item["loc"], item["type"]) for item in answer.json["detail"]]) == (
        422,
        [
            (["body", "contacts", 1, "email"], "email_invalid"),
            (["body", "contacts", 2, "custom_attributes"], "attribute_unknown"),
        ],
    )
    assert "example.com" not in answer.text
    platform.drain("add-contacts")
    assert owner.api.get(contacts).json["data"] == []


def import_without_writing(owner, contacts, count=2):
    """Return the id of an import whose contacts are not written yet, and their ids."""
    rows = [{"email": f"p{number}@example.com"} for number in range(count)]
    answer = owner.api.post(contacts.replace("/contacts", "/import-contacts"), json={"contacts": rows}).json
    return answer["import_id"], answer["id"]


@pytest.mark.parametrize(
    "use",
    [
        lambda api, path: api.get(path),
        lambda api, path: api.patch(path, json={"tags": ["vip"]}),
        lambda api, path: api.post(f"{path}/unsubscribe"),
        lambda api, path: api.post(f"{path}/tag", json={"tags": ["vip"]}),
        lambda api, path: api.post(f"{path}/untag", json={"tags": ["vip"]}),
        lambda api, path: api.delete(path),
        lambda api, path: api.get(f"{path}/history"),
    ],
    ids=["get", "patch", "unsubscribe", "tag", "untag", "delete", "history"],
)
def test_ids_that_an_import_gave_can_be_used_at_once(owner, contacts, platform, use):
    _, ids = import_without_writing(owner, contacts)
    answer = use(owner.api, f"{contacts}/{ids[1]}")
    assert answer.status == 200, answer.text
    before = owner.api.get(contacts, query={"with_count": "1"}).json
    assert platform.drain("add-contacts").failed == []
    assert owner.api.get(contacts, query={"with_count": "1"}).json == before
    assert before["pagination"]["count"] == len(before["data"])


def test_other_nouns_know_ids_and_addresses_that_an_import_gave(owner, contacts, platform):
    list_id = int(contacts.split("/")[2])
    campaign_id = make_campaign(owner, list_id=list_id, triggered=True)
    path = f"/workflows/{make_workflow(owner, list_id=list_id)}/actions"
    action_id = owner.api.post(path, json=action_body(owner)).json["id"]
    for place, use in enumerate(
        (
            lambda contact_id: owner.api.get(f"/campaigns/{campaign_id}/render", query={"contact_id": contact_id}),
            lambda contact_id: owner.api.get(f"{path}/{action_id}/render", query={"contact_id": contact_id}),
            lambda contact_id: owner.api.post(
                f"/campaigns/{campaign_id}/send-again", json={"contact_ids": [contact_id]}
            ),
            lambda contact_id: owner.api.post("/people/export", json={"email": "p6@example.com"}),
        ),
        start=2,
    ):
        _, ids = import_without_writing(owner, contacts, 2 + place)  # the last one is new
        answer = use(ids[-1])
        assert answer.status in (200, 201), answer.text
    assert answer.json["data"]["contacts"][0]["contact_id"] == ids[-1]
    assert platform.drain().failed == []


def test_a_bulk_change_waits_for_the_import_of_its_contacts(owner, contacts, platform):
    _, ids = import_without_writing(owner, contacts)
    for selection in ({"contact_ids": ids}, {"query": '`email` LIKE "p%"'}):
        tag = next(iter(selection)).replace("_", "-")
        assert owner.api.post(f"{contacts}/tag", json={"tags": [tag], **selection}).json == {"tagged": True}
    platform.drain("run-tasks")
    assert [contact["tags"] for contact in owner.api.get(contacts).json["data"]] == [["contact-ids", "query"]] * 2
    platform.drain("add-contacts")
    assert [contact["tags"] for contact in owner.api.get(contacts).json["data"]] == [["contact-ids", "query"]] * 2


def test_an_export_has_the_contacts_of_an_import_that_was_called_before(owner, contacts, platform):
    import_without_writing(owner, contacts)
    list_path = contacts.removesuffix("/contacts")
    export_id = owner.api.post(f"{list_path}/exports").json["id"]
    platform.drain("run-tasks")
    assert bootstrap.tasks().get(owner.account_id, export_id).result == {"rows": 2}


def test_an_import_is_a_task_with_progress(owner, contacts, platform):
    import_id, _ = import_without_writing(owner, contacts)
    list_path = contacts.removesuffix("/contacts")
    seen = []
    for _ in range(2):
        task = owner.api.get(f"/tasks/{import_id}").json["data"]
        listed = owner.api.get("/tasks", query={"filter": "type==contactsimport", "sort": "-created_on"}).json["data"]
        assert task in listed
        seen.append((task["status"], task["progress"], task["requested_by"]["email"], task["payload"]["rows"]))
        platform.drain("add-contacts")
    assert seen == [("pending", 0, owner.email, 2), ("ready", 100, owner.email, 2)]
    shown = owner.api.get(f"{list_path}/imports/{import_id}").json["data"]
    assert (shown["status"], shown["rows"], shown["created"], shown["refused_url"]) == ("ready", 2, 2, None)


def test_a_deleted_import_writes_nothing(owner, contacts, platform):
    import_id, ids = import_without_writing(owner, contacts)
    assert owner.api.delete(f"/tasks/{import_id}").json["data"]["status"] == "deleted"
    assert owner.api.get(f"{contacts}/{ids[0]}").status == 400
    assert platform.drain("add-contacts").failed == []
    assert owner.api.get(contacts).json["data"] == []


def test_unknown_ids_are_named_and_nobody_is_changed(owner, contacts, platform):
    list_path = contacts.removesuffix("/contacts")
    owner.api.post(f"{list_path}/interests", json={"name": "news"})
    contact_id = add(owner, contacts)
    unknown = list(range(900_000_001, 900_000_013))
    for verb, names in (
        ("tag", {"tags": ["new-tag"]}),
        ("untag", {"tags": ["new-tag"]}),
        ("add-interests", {"interests": ["news"]}),
        ("remove-interests", {"interests": ["news"]}),
    ):
        answer = owner.api.post(f"{contacts}/{verb}", json={**names, "contact_ids": [contact_id, *unknown]})
        (item,) = answer.json["detail"]
        assert (answer.status, item["type"], item["loc"]) == (400, "contact_not_found", ["body", "contact_ids"])
        assert all(str(number) in item["msg"] for number in unknown[:10])
        assert "and 2 more" in item["msg"]
    assert "new-tag" not in owner.api.get("/tags", query={"per_page": 1000}).text
    data = owner.api.get(f"{contacts}/{contact_id}").json["data"]
    assert (data["tags"], data["interests"]) == ([], [])


def test_many_tags_of_many_contacts_are_set_by_a_task(owner, contacts, platform):
    _, ids = import_without_writing(owner, contacts, 65)
    platform.drain("add-contacts")
    names = sorted(f"t{number}" for number in range(1024))
    assert owner.api.post(f"{contacts}/tag", json={"tags": names, "contact_ids": ids}).json == {"tagged": True}
    assert all(contact["tags"] == [] for contact in owner.api.get(contacts).json["data"])
    assert platform.drain("run-tasks").failed == []
    assert all(contact["tags"] == names for contact in owner.api.get(contacts).json["data"])
    untag = {"tags": names[:1], "contact_ids": ids}  # one tag of contacts that have many
    assert owner.api.post(f"{contacts}/untag", json=untag).json == {"untagged": True}
    assert owner.api.get(contacts).json["data"][0]["tags"] == names
    assert platform.drain("run-tasks").failed == []
    assert owner.api.get(contacts).json["data"][0]["tags"] == names[1:]


@pytest.mark.parametrize(("target", "left"), [("unsubscribed", ["unsubscribed"]), ("deleted", [])])
def test_an_import_can_take_people_off(owner, contacts, platform, target, left):
    add(owner, contacts)
    path = contacts.replace("/contacts", "/import-contacts")
    answer = owner.api.post(path, json={"import_to": target, "contacts": [{"email": "a@example.com"}]})
    assert answer.status == 201
    platform.drain("add-contacts")
    assert [contact["status"] for contact in owner.api.get(contacts).json["data"]] == left


def test_an_archived_list_takes_nobody(owner, contacts, platform):
    """People can still leave it."""
    list_path = contacts.removesuffix("/contacts")
    add(owner, contacts)
    owner.api.post(f"{list_path}/archive")
    row = {"email": "b@example.com"}
    for answer in (
        owner.api.post(contacts, json=row),
        owner.api.post(f"{list_path}/import-contacts", json={"contacts": [row]}),
        owner.api.post(f"{list_path}/imports", json={"url": "https://example.com/people.csv"}),
    ):
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, "list_archived")
    leaving = {"import_to": "unsubscribed", "contacts": [{"email": "a@example.com"}]}
    assert owner.api.post(f"{list_path}/import-contacts", json=leaving).status == 201
    platform.drain("add-contacts")
    assert [contact["status"] for contact in owner.api.get(contacts).json["data"]] == ["unsubscribed"]


def test_too_large_an_import_is_refused(owner, contacts):
    path = contacts.replace("/contacts", "/import-contacts")
    rows = [{"email": f"a{number}@example.com"} for number in range(1001)]
    answer = owner.api.post(path, json={"contacts": rows})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "too_many_contacts")
    assert owner.api.post(path, json={"contacts": []}).status == 422


def test_tags_are_set_on_a_contact_and_on_many(owner, contacts, platform):
    ids = [add(owner, contacts, f"a{number}@example.com") for number in range(3)]
    assert owner.api.post(f"{contacts}/{ids[0]}/tag", json={"tags": ["one", "two"]}).json == {"tagged": True}
    assert owner.api.post(f"{contacts}/{ids[0]}/untag", json={"tags": ["two"]}).json == {"untagged": True}
    assert owner.api.post(f"{contacts}/tag", json={"tags": ["many"], "contact_ids": ids[1:]}).json == {"tagged": True}
    by_expression = {"tags": ["few"], "query": 'TAG IS "many"'}
    assert owner.api.post(f"{contacts}/tag", json=by_expression).json == {"tagged": True}
    platform.drain()
    found = {contact["id"]: contact["tags"] for contact in owner.api.get(contacts).json["data"]}
    assert found == {ids[0]: ["one"], ids[1]: ["few", "many"], ids[2]: ["few", "many"]}
    owner.api.post(f"{contacts}/untag", json={"tags": ["many"], "contact_ids": [ids[2]]})
    filtered = owner.api.get(contacts, query={"filter": "tags==many"}).json["data"]
    assert [contact["id"] for contact in filtered] == [ids[1]]
    assert owner.api.post(f"{contacts}/tag", json={"tags": ["x"]}).status == 400
    assert owner.api.post(f"{contacts}/tag", json={"tags": ["not a tag"], "contact_ids": ids}).status == 422


def test_interests_of_many(owner, contacts):
    list_path = contacts.removesuffix("/contacts")
    owner.api.post(f"{list_path}/interests", json={"name": "news"})
    ids = [add(owner, contacts, f"a{number}@example.com") for number in range(3)]
    body = {"interests": ["news"], "contact_ids": ids[:2]}
    assert owner.api.post(f"{contacts}/add-interests", json=body).json == {"object": "interests", "added": True}
    assert owner.api.get(f"{list_path}/interests/news").json["data"]["usage"] == 2
    filtered = owner.api.get(contacts, query={"filter": "interests==news"}).json["data"]
    assert [contact["id"] for contact in filtered] == ids[:2]
    removed = owner.api.post(f"{contacts}/remove-interests", json={"interests": ["news"], "contact_ids": ids[:1]})
    assert removed.json == {"object": "interests", "removed": True}
    assert owner.api.get(f"{list_path}/interests/news").json["data"]["usage"] == 1
    unknown = owner.api.post(f"{contacts}/add-interests", json={"interests": ["none"], "contact_ids": ids})
    assert unknown.status == 400


def test_the_same_key_adds_once(owner, contacts):
    for _ in range(2):
        answer = owner.api.post(contacts, json={"email": "a@example.com"}, headers={"Idempotency-Key": "k"})
        assert answer.status == 201
    other = owner.api.post(contacts, json={"email": "b@example.com"}, headers={"Idempotency-Key": "k"})
    assert other.status == 409


def test_the_log_of_a_list_has_subscriptions_and_unsubscriptions(owner, contacts, platform):
    list_path = contacts.removesuffix("/contacts")
    contact_id = add(owner, contacts)
    owner.api.post(f"{contacts}/{contact_id}/unsubscribe")
    imported = owner.api.post(
        f"{list_path}/import-contacts", json={"contacts": [{"email": "b@example.com"}, {"email": "c@example.com"}]}
    ).json["id"]
    platform.drain("add-contacts")
    rows = owner.api.get(f"/logs{list_path}").json["data"]
    assert sorted((row["type"], row["contact_id"]) for row in rows) == [
        ("subscribe", contact_id),
        ("subscribe", imported[0]),
        ("subscribe", imported[1]),
        ("unsubscribe", contact_id),
    ]


def test_conditions_evaluated_by_dynamodb_select_the_same_contacts(owner, contacts):
    list_path = contacts.removesuffix("/contacts")
    owner.api.post(f"{list_path}/custom-attributes", json={"name": "age", "type": "integer"})
    for number in range(6):
        add(owner, contacts, f"a{number}@example.com", attributes=[{"name": "age", "value": str(number)}])
    for query, found in (
        ('`age` >= "2" AND `age` < 5', "234"),
        ('`age` = 1 OR `email` = "a5@example.com"', "15"),
        ("`age` <= 0", "0"),
        ('`status` = "active" AND `bounce_count` = 0', "012345"),
        ('TAG IS NOT "x" AND `age` != 3', "01245"),
    ):
        answer = owner.api.get(contacts, query={"query": query, "with_count": "1", "sort": "-id"}).json
        assert "".join(contact["email"][1] for contact in answer["data"][::-1]) == found, query
        assert answer["pagination"]["count"] == len(found)
