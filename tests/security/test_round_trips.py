"""Test that an answer can be written back as it was read, and that a narrow token takes nothing away by it.

A contact has more memberships than the main API shows as tags, and its token may have the rights of contacts alone.
"""

import pytest

from postrider import bootstrap
from postrider.contacts.rules import MembershipChange
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api

EDITABLE = ("email", "custom_attributes", "tags", "interests")


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def narrow(owner):
    """A client that may read and write contacts, and nothing else."""
    form = {"username": owner.email, "password": PASSWORD, "scopes": "contacts:read,contacts:write"}
    return Api(Api().post("/token", form=form).json["access_token"])


@pytest.fixture
def contact(owner):
    """The path of a contact with an attribute, a tag, an interest, and a segment of people that another API has made."""
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    (contact_id,) = add_contacts(owner, list_id, f"reader.{list_id}@example.com")
    path = f"/lists/{list_id}/contacts/{contact_id}"
    values = {
        "custom_attributes": [{"name": "city", "value": "Bern"}],
        "tags": ["vip"],
        "interests": ["jazz"],
    }
    assert owner.api.patch(path, json=values).status == 200
    segment = bootstrap.groups().create_segment(owner.account_id, name=f"Buyers-{list_id}")
    change = MembershipChange(add_groups=frozenset({segment.id}))
    bootstrap.contacts().change_memberships(owner.account_id, list_id, contact_id, change)
    return path


def stored(owner, path):
    _, _, list_id, _, contact_id = path.split("/")
    contact = bootstrap.contacts().get(owner.account_id, int(list_id), int(contact_id))
    return contact.groups, contact.interests, contact.attributes, contact.status


def test_writing_an_unchanged_contact_changes_nothing(owner, narrow, contact):
    before = stored(owner, contact)
    assert len(before[0]) == 2
    read = narrow.get(contact).json["data"]
    answer = narrow.patch(contact, json={name: read[name] for name in EDITABLE})
    assert answer.status == 200, answer.text
    assert stored(owner, contact) == before


def test_replaced_tags_leave_other_memberships(owner, narrow, contact):
    before = stored(owner, contact)[0]
    assert narrow.patch(contact, json={"tags": ["new"]}).status == 200
    new = bootstrap.groups().ids_of(owner.account_id, ["new", "vip"])
    assert stored(owner, contact)[0] == before - {new["vip"]} | {new["new"]}
    assert narrow.patch(contact, json={"tags": []}).status == 200
    assert stored(owner, contact)[0] == before - {new["vip"]}


def test_omitted_members_are_unchanged(owner, narrow, contact):
    before = stored(owner, contact)
    assert narrow.patch(contact, json={"email": f"other.{owner.account_id}@example.com"}).status == 200
    assert stored(owner, contact) == before


def test_a_token_cannot_change_lists_and_tags_without_their_rights(narrow, contact):
    list_path = contact.rpartition("/contacts/")[0]
    calls = (("PATCH", list_path, {"name": "x"}), ("DELETE", list_path, None), ("DELETE", "/tags/vip", None))
    for method, path, body in calls:
        assert narrow.call(method, path, json=body).status == 403
