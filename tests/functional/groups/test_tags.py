"""Tags: account-wide names; what happens to one happens to every contact that carries it."""

import pytest

from postrider import bootstrap
from postrider.groups.repository import GroupRepository
from postrider.kit.errors import NotFound
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list


@pytest.fixture
def owner(platform):
    return make_owner()


def tags_of(owner, list_id):
    return {contact["email"]: contact["tags"] for contact in owner.api.get(f"/lists/{list_id}/contacts").json["data"]}


def test_a_tag_is_made_found_and_made_once(owner):
    assert owner.api.post("/tags", json={"tag": "vip"}).json["data"] == {"tag": "vip"}
    assert owner.api.get("/tags/vip").json == {"data": {"tag": "vip"}}
    again = owner.api.post("/tags", json={"tag": "vip"})
    assert (again.status, again.json["detail"][0]["type"]) == (400, "tag_exists")
    assert owner.api.post("/tags", json={"tag": "no spaces"}).status == 422
    assert owner.api.get("/tags/other").status == 400


def test_a_tag_is_created_at_its_first_use(owner):
    list_id = make_list(owner)
    ids = add_contacts(owner, list_id, "a@example.com")
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["a+b"], "contact_ids": ids})
    assert owner.api.get("/tags/a%2Bb").json["data"] == {"tag": "a+b"}
    assert tags_of(owner, list_id) == {"a@example.com": ["a+b"]}


def test_renaming_reaches_every_contact_of_every_list(owner, platform):
    lists = [make_list(owner), make_list(owner)]
    for list_id in lists:
        ids = add_contacts(owner, list_id, "a@example.com", "b@example.com")
        owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["old"], "contact_ids": ids[:1]})
    assert owner.api.patch("/tags/old", json={"tag": "new"}).json["data"] == {"tag": "new"}
    platform.drain()
    assert [tags_of(owner, list_id) for list_id in lists] == [{"a@example.com": ["new"], "b@example.com": []}] * 2
    assert [tag["tag"] for tag in owner.api.get("/tags").json["data"]] == ["new"]


def test_a_deleted_tag_is_removed_from_every_contact(owner, platform):
    list_id = make_list(owner)
    ids = add_contacts(owner, list_id, "a@example.com")
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["gone", "kept"], "contact_ids": ids})
    assert owner.api.delete("/tags/gone").json == {"tag": "gone", "object": "tag", "deleted": True}
    platform.drain()
    assert tags_of(owner, list_id) == {"a@example.com": ["kept"]}
    assert owner.api.delete("/tags/gone").status == 400


def test_an_archived_tag_stays_on_contacts_and_in_the_listing(owner):
    list_id = make_list(owner)
    contact_ids = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["old"], "contact_ids": contact_ids[:1]})
    owner.api.post(f"/lists/{list_id}/segments", json={"name": "Old", "query": 'TAG IS "old"'})
    for action, is_archived in (("archive", True), ("archive", True), ("unarchive", False), ("unarchive", False)):
        answer = owner.api.post(f"/tags/old/{action}")
        assert answer.json == {"tag": "old", "object": "tag", "archived": is_archived, "data": {"tag": "old"}}
        assert owner.api.get("/tags").json["data"] == [{"tag": "old"}]
        assert tags_of(owner, list_id) == {"a@example.com": ["old"], "b@example.com": []}
    owner.api.post("/tags/old/archive")
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["old"], "contact_ids": contact_ids[1:]})
    assert tags_of(owner, list_id) == {"a@example.com": ["old"], "b@example.com": ["old"]}
    selected = owner.api.get(f"/lists/{list_id}/contacts", query={"query": 'TAG IS "old"'}).json["data"]
    assert {contact["id"] for contact in selected} == set(contact_ids)


@pytest.mark.parametrize("action", ["archive", "unarchive"])
def test_an_unknown_tag_is_not_archived(owner, action):
    answer = owner.api.post(f"/tags/other/{action}")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "tag_not_found")


def test_a_tag_that_is_renamed_or_deleted_meanwhile_is_not_archived(owner):
    groups = bootstrap.groups()
    for change in (
        lambda: owner.api.patch("/tags/old", json={"tag": "new"}),
        lambda: owner.api.delete("/tags/old"),
    ):
        owner.api.post("/tags", json={"tag": "old"})
        read_before = groups.by_name(owner.account_id, "old")
        assert change().status == 200
        with pytest.raises(NotFound):
            GroupRepository().set_active(read_before, False, read_before.created_at)
    (left,) = groups.all(owner.account_id)
    assert (left.name, left.active) == ("new", True)


def test_a_name_that_is_taken_is_no_new_name(owner):
    for name in ("a", "b"):
        owner.api.post("/tags", json={"tag": name})
    assert owner.api.patch("/tags/a", json={"tag": "b"}).status == 400


def test_a_selection_is_tagged_by_the_queue(owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, "a1@example.com", "a2@example.com", "b@example.com")
    body = {"tags": ["a-people"], "query": '`email` LIKE "a%"'}
    assert owner.api.post(f"/lists/{list_id}/contacts/tag", json=body).json == {"tagged": True}
    platform.drain()
    tagged = {email for email, tags in tags_of(owner, list_id).items() if tags}
    assert tagged == {"a1@example.com", "a2@example.com"}
    owner.api.post(f"/lists/{list_id}/contacts/untag", json={"tags": ["a-people"], "fiql": "tag==a-people"})
    platform.drain()
    assert not any(tags_of(owner, list_id).values())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tags": ["x"]}, 400),
        ({"tags": ["x"], "contact_ids": [1], "query": "`nope` = 1"}, 400),
        ({"tags": ["x"] * 1025, "contact_ids": [1]}, 422),
        ({"tags": ["x"], "contact_ids": list(range(1, 1026))}, 422),
        ({"tags": ["bad name"], "contact_ids": [1]}, 422),
    ],
)
def test_a_call_without_contacts_or_with_too_many_is_refused(owner, body, status):
    list_id = make_list(owner)
    answer = owner.api.post(f"/lists/{list_id}/contacts/tag", json=body)
    assert answer.status in (status, 400), answer.text


def test_one_contact_is_tagged_and_untagged(owner):
    list_id = make_list(owner)
    [contact_id] = add_contacts(owner, list_id, "a@example.com")
    path = f"/lists/{list_id}/contacts/{contact_id}"
    assert owner.api.post(f"{path}/tag", json={"tags": ["x", "y"]}).json == {"tagged": True}
    assert owner.api.post(f"{path}/untag", json={"tags": ["x"]}).status == 200
    assert tags_of(owner, list_id) == {"a@example.com": ["y"]}


def test_tags_are_paged_and_counted(owner):
    for name in ("a", "b", "c"):
        owner.api.post("/tags", json={"tag": name})
    answer = owner.api.get("/tags", query={"page": 2, "per_page": 2, "with_count": 1}).json
    assert ([tag["tag"] for tag in answer["data"]], answer["pagination"]["count"]) == (["c"], 3)
