"""Interests: what the contacts of one list may ask to hear about."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    for name in ("jazz", "folk"):
        assert owner.api.post(f"/lists/{list_id}/interests", json={"name": name}).status == 201
    return list_id


def interests_of(owner, list_id):
    return {
        contact["email"]: contact["interests"] for contact in owner.api.get(f"/lists/{list_id}/contacts").json["data"]
    }


def test_an_interest_has_a_name_an_alias_and_its_number_of_contacts(owner, list_id):
    ids = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    body = {"interests": ["jazz"], "contact_ids": ids}
    answer = owner.api.post(f"/lists/{list_id}/contacts/add-interests", json=body)
    assert answer.json == {"object": "interests", "added": True}
    owner.api.patch(f"/lists/{list_id}/interests/jazz", json={"alias": "All that jazz"})
    data = owner.api.get(f"/lists/{list_id}/interests/jazz").json["data"]
    assert data == {"name": "jazz", "alias": "All that jazz", "usage": 2}
    owner.api.delete(f"/lists/{list_id}/contacts/{ids[0]}")
    owner.api.post(f"/lists/{list_id}/contacts/remove-interests", json={**body, "contact_ids": ids[1:]})
    assert owner.api.get(f"/lists/{list_id}/interests/jazz").json["data"]["usage"] == 0


def test_an_interest_that_the_list_lacks_is_refused(owner, list_id):
    ids = add_contacts(owner, list_id, "a@example.com")
    body = {"interests": ["rock"], "contact_ids": ids}
    answer = owner.api.post(f"/lists/{list_id}/contacts/add-interests", json=body)
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "interest_not_found")


def test_renaming_and_deleting_reach_every_contact(owner, list_id, platform):
    ids = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    owner.api.post(f"/lists/{list_id}/contacts/add-interests", json={"interests": ["jazz", "folk"], "contact_ids": ids})
    assert owner.api.patch(f"/lists/{list_id}/interests/jazz", json={"name": "blues"}).json["patched"] is True
    platform.drain()
    assert interests_of(owner, list_id) == {email: ["blues", "folk"] for email in ("a@example.com", "b@example.com")}
    assert owner.api.get(f"/lists/{list_id}/interests/blues").json["data"]["usage"] == 2
    assert owner.api.delete(f"/lists/{list_id}/interests/folk").json["deleted"] is True
    platform.drain()
    assert interests_of(owner, list_id) == {email: ["blues"] for email in ("a@example.com", "b@example.com")}


def test_a_name_exists_once_and_has_its_characters(owner, list_id):
    assert owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"}).status == 400
    assert owner.api.post(f"/lists/{list_id}/interests", json={"name": "two words"}).status == 422
    assert owner.api.patch(f"/lists/{list_id}/interests/jazz", json={"name": "folk"}).status == 400
    assert owner.api.get(f"/lists/{list_id}/interests/rock").status == 400


def test_a_selection_gets_an_interest_by_the_queue(owner, list_id, platform):
    add_contacts(owner, list_id, "a@example.com", "b@example.com")
    body = {"interests": ["jazz"], "json": {"like": {"email": "a*"}}}
    owner.api.post(f"/lists/{list_id}/contacts/add-interests", json=body)
    platform.drain()
    assert interests_of(owner, list_id) == {"a@example.com": ["jazz"], "b@example.com": []}


def test_interests_are_paged_and_counted(owner, list_id):
    answer = owner.api.get(f"/lists/{list_id}/interests", query={"per_page": 1, "page": 2, "with_count": "true"}).json
    assert ([interest["name"] for interest in answer["data"]], answer["pagination"]["count"]) == (["jazz"], 2)
    assert owner.api.get(f"/lists/{list_id}/interests", query={"page": 0}).status == 400
