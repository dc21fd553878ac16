"""Renamed and deleted tags, interests and attributes: one write each, at once for every reader, and names are free."""

import csv
import io

import httpx
import pytest

from infra.bench.meter import Meter
from postrider import bootstrap
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    return make_list(owner)


def code_of(answer):
    return answer.status, answer.json["detail"][0]["type"]


def contact_of(owner, list_id, contact_id):
    return owner.api.get(f"/lists/{list_id}/contacts/{contact_id}").json["data"]


def make_attribute(owner, list_id, kind):
    return owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "t", "type": kind})


def make_segment(owner, list_id, **expression):
    answer = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s", **expression})
    assert answer.status == 201, answer.text
    return answer.json["id"]


def members(owner, list_id, segment_id):
    found = owner.api.get(f"/lists/{list_id}/segments/{segment_id}/contacts")
    assert found.status == 200, found.text
    return [contact["id"] for contact in found.json["data"]]


def exported(owner, list_id, platform):
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain()
    url = owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]
    return list(csv.DictReader(io.StringIO(httpx.get(url).text)))


@pytest.mark.parametrize(("before", "after"), [("integer", "text"), ("text", "text"), ("datetime", "mediumtext")])
def test_a_deleted_value_does_not_come_back_with_its_name(owner, list_id, platform, before, after):
    make_attribute(owner, list_id, before)
    value = {"name": "t", "value": "2030-01-01" if before == "datetime" else "7"}
    body = {"email": "a@example.com", "custom_attributes": [value]}
    contact_id = owner.api.post(f"/lists/{list_id}/contacts", json=body).json["id"]
    assert owner.api.delete(f"/lists/{list_id}/custom-attributes/t").status == 200
    assert owner.api.get(f"/lists/{list_id}/custom-attributes").json["data"] == []
    assert contact_of(owner, list_id, contact_id)["custom_attributes"] == []
    assert make_attribute(owner, list_id, after).status == 201
    assert contact_of(owner, list_id, contact_id)["custom_attributes"] == []
    for query in ('`t` LIKE "%"', '`t` = "7"'):
        if after != "integer":
            assert owner.api.get(f"/lists/{list_id}/contacts", query={"query": query}).json["data"] == []
    assert [row["t"] for row in exported(owner, list_id, platform)] == [""]


def test_the_name_of_a_deleted_tag_is_free_at_once_and_nobody_has_it(owner, list_id):
    first_id, second_id = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(f"{contacts}/tag", json={"tags": ["gone", "kept"], "contact_ids": [first_id]})
    assert owner.api.delete("/tags/gone").status == 200
    assert owner.api.delete("/tags/gone").status == 400
    assert [tag["tag"] for tag in owner.api.get("/tags").json["data"]] == ["kept"]
    assert owner.api.post("/tags", json={"tag": "gone"}).status == 201
    assert owner.api.post(f"{contacts}/{second_id}/tag", json={"tags": ["gone"]}).status == 200
    assert [contact_of(owner, list_id, contact_id)["tags"] for contact_id in (first_id, second_id)] == [
        ["kept"],
        ["gone"],
    ]
    listed = owner.api.get(contacts, query={"filter": "tags==gone"}).json["data"]
    assert [contact["id"] for contact in listed] == [second_id]


def test_a_contact_loses_deleted_ids_when_its_memberships_are_next_written(owner, list_id):
    [contact_id] = add_contacts(owner, list_id, "a@example.com")
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "folk"})
    owner.api.post(f"{contacts}/{contact_id}/tag", json={"tags": ["gone", "kept"]})
    owner.api.post(f"{contacts}/add-interests", json={"interests": ["jazz"], "contact_ids": [contact_id]})
    owner.api.delete("/tags/gone")
    owner.api.delete(f"/lists/{list_id}/interests/jazz")
    before = bootstrap.contacts().get(owner.account_id, list_id, contact_id)
    assert (len(before.groups), len(before.interests)) == (2, 1)
    owner.api.post(f"{contacts}/{contact_id}/tag", json={"tags": ["new"]})
    owner.api.post(f"{contacts}/add-interests", json={"interests": ["folk"], "contact_ids": [contact_id]})
    after = bootstrap.contacts().get(owner.account_id, list_id, contact_id)
    assert (len(after.groups), len(after.interests)) == (2, 1)
    shown = contact_of(owner, list_id, contact_id)
    assert (shown["tags"], shown["interests"]) == (["kept", "new"], ["folk"])


def test_the_old_name_of_a_renamed_tag_is_free_at_once(owner, list_id):
    first_id, second_id = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(f"{contacts}/{first_id}/tag", json={"tags": ["old"]})
    assert owner.api.patch("/tags/old", json={"tag": "new"}).status == 200
    for name in ("new", "old"):
        assert owner.api.post(f"{contacts}/{second_id}/tag", json={"tags": [name]}).status == 200
    assert [contact_of(owner, list_id, contact_id)["tags"] for contact_id in (first_id, second_id)] == [
        ["new"],
        ["new", "old"],
    ]
    assert owner.api.patch("/tags/new", json={"tag": "newer"}).status == 200
    assert [contact_of(owner, list_id, contact_id)["tags"] for contact_id in (first_id, second_id)] == [
        ["newer"],
        ["newer", "old"],
    ]
    assert owner.api.delete("/tags/newer").status == 200
    assert [contact_of(owner, list_id, contact_id)["tags"] for contact_id in (first_id, second_id)] == [[], ["old"]]


def test_names_of_interests_are_free_at_once(owner, list_id):
    first_id, second_id = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    interests = f"/lists/{list_id}/interests"
    add = f"/lists/{list_id}/contacts/add-interests"
    for name in ("jazz", "folk"):
        owner.api.post(interests, json={"name": name})
    owner.api.post(add, json={"interests": ["jazz", "folk"], "contact_ids": [first_id]})
    owner.api.delete(f"{interests}/jazz")
    owner.api.patch(f"{interests}/folk", json={"name": "blues"})
    for name in ("jazz", "folk"):
        refused = owner.api.post(add, json={"interests": [name], "contact_ids": [second_id]})
        assert code_of(refused) == (400, "interest_not_found")
        assert owner.api.post(interests, json={"name": name}).status == 201
    owner.api.post(add, json={"interests": ["jazz"], "contact_ids": [second_id]})
    assert [contact_of(owner, list_id, contact_id)["interests"] for contact_id in (first_id, second_id)] == [
        ["blues"],
        ["jazz"],
    ]
    usage = {interest["name"]: interest["usage"] for interest in owner.api.get(interests).json["data"]}
    assert usage == {"blues": 1, "folk": 0, "jazz": 1}
    assert owner.api.delete(f"{interests}/blues").status == 200


def test_an_alias_outlives_a_renaming(owner, list_id):
    interests = f"/lists/{list_id}/interests"
    owner.api.post(interests, json={"name": "jazz", "alias": "Jazz"})
    owner.api.patch(f"{interests}/jazz", json={"name": "blues"})
    assert owner.api.get(f"{interests}/blues").json["data"]["alias"] == "Jazz"
    owner.api.patch(f"{interests}/blues", json={"alias": "Blues"})
    assert owner.api.get(f"{interests}/blues").json["data"]["alias"] == "Blues"


def test_a_name_that_was_deleted_meanwhile_is_not_put_on(owner, list_id, platform):
    """The tagging that was asked for first is done last."""
    [contact_id] = add_contacts(owner, list_id, "a@example.com")
    body = {"tags": ["gone", "kept"], "query": '`email` LIKE "a%"'}
    owner.api.post(f"/lists/{list_id}/contacts/tag", json=body)
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    body = {"interests": ["jazz"], "query": '`email` LIKE "a%"'}
    owner.api.post(f"/lists/{list_id}/contacts/add-interests", json=body)
    owner.api.delete("/tags/gone")
    owner.api.post("/tags", json={"tag": "gone"})
    owner.api.delete(f"/lists/{list_id}/interests/jazz")
    platform.drain()
    contact = contact_of(owner, list_id, contact_id)
    assert (contact["tags"], contact["interests"]) == (["kept"], [])


def test_a_change_by_expression_means_the_names_of_its_moment(owner, list_id, platform):
    first_id, second_id = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(f"{contacts}/{first_id}/tag", json={"tags": ["old"]})
    owner.api.post(f"{contacts}/tag", json={"tags": ["marked"], "query": 'TAG IS "old"'})
    owner.api.patch("/tags/old", json={"tag": "new"})
    owner.api.post(f"{contacts}/{second_id}/tag", json={"tags": ["old"]})
    platform.drain()
    assert [contact_of(owner, list_id, contact_id)["tags"] for contact_id in (first_id, second_id)] == [
        ["marked", "new"],
        ["old"],
    ]


@pytest.mark.parametrize(
    ("expression", "rewritten"),
    [
        ({"query": 'TAG IS "old" AND `email` LIKE "a%"'}, {"query": 'TAG IS "n-2" AND `email` LIKE "a%"'}),
        ({"fiql": "tag!=other;(tags==old)"}, {"fiql": "tag!=other;(tags==n-2)"}),
        (
            {"json": {"or": [{"eq": {"tag": "old"}}, {"eq": {"tag": "x"}}]}},
            {"json": {"or": [{"eq": {"tag": "n-2"}}, {"eq": {"tag": "x"}}]}},
        ),
    ],
)
def test_segments_follow_a_renamed_tag_and_miss_nobody(owner, list_id, expression, rewritten):
    ids = add_contacts(owner, list_id, *(f"a{number}@example.com" for number in range(3)))
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["old"], "contact_ids": ids[:2]})
    segment_id = make_segment(owner, list_id, **expression)
    untouched = make_segment(owner, list_id, query='not  `email` = "OLD"')
    [language] = expression
    path = f"/lists/{list_id}/segments/{segment_id}"
    assert owner.api.get(path).json["data"][language] == expression[language]
    owner.api.patch("/tags/old", json={"tag": "n-2"})
    assert members(owner, list_id, segment_id) == ids[:2]
    listed = {segment["id"]: segment for segment in owner.api.get(f"/lists/{list_id}/segments").json["data"]}
    renamed = owner.api.patch(path, json={"name": "other"}).json["data"]
    for shown in (owner.api.get(path).json["data"], listed[segment_id], renamed):
        assert shown[language] == rewritten[language]
    assert listed[untouched]["query"] == 'not  `email` = "OLD"'
    assert [contact_of(owner, list_id, number)["tags"] for number in ids] == [["n-2"], ["n-2"], []]
    owner.api.patch("/tags/n-2", json={"tag": "old"})
    assert owner.api.get(path).json["data"][language] == expression[language], "as it was given"


def test_a_segment_does_not_take_over_a_tag_that_gets_the_old_name(owner, list_id):
    first_id, second_id = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(f"{contacts}/{first_id}/tag", json={"tags": ["old"]})
    segment_id = make_segment(owner, list_id, query='TAG IS "old"')
    owner.api.patch("/tags/old", json={"tag": "new"})
    owner.api.post(f"{contacts}/{second_id}/tag", json={"tags": ["old"]})
    assert members(owner, list_id, segment_id) == [first_id]


def test_segments_follow_a_renamed_interest_of_their_list_only(owner):
    lists = [make_list(owner), make_list(owner)]
    segments = []
    for list_id in lists:
        ids = add_contacts(owner, list_id, "a@example.com")
        owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
        body = {"interests": ["jazz"], "contact_ids": ids}
        owner.api.post(f"/lists/{list_id}/contacts/add-interests", json=body)
        segments.append(make_segment(owner, list_id, query='INTEREST IS "jazz"'))
    owner.api.patch(f"/lists/{lists[0]}/interests/jazz", json={"name": "blues"})
    shown = [
        owner.api.get(f"/lists/{list_id}/segments/{segment_id}").json["data"]["query"]
        for list_id, segment_id in zip(lists, segments, strict=True)
    ]
    assert shown == ['INTEREST IS "blues"', 'INTEREST IS "jazz"']
    assert all(len(members(owner, *pair)) == 1 for pair in zip(lists, segments, strict=True))


def test_a_renamed_tag_may_make_the_expression_of_a_segment_too_long(owner, list_id):
    [contact_id] = add_contacts(owner, list_id, "a@example.com")
    owner.api.post(f"/lists/{list_id}/contacts/{contact_id}/tag", json={"tags": ["x"]})
    segment_id = make_segment(owner, list_id, query=" OR ".join(['TAG IS "x"'] * 256))
    assert owner.api.patch("/tags/x", json={"tag": "y" * 64}).status == 200
    assert members(owner, list_id, segment_id) == [contact_id]
    assert len(owner.api.get(f"/lists/{list_id}/segments/{segment_id}").json["data"]["query"]) > 10_000


@pytest.mark.parametrize("contacts", [1, 60])
def test_renaming_and_deleting_a_tag_cost_the_same_however_many_have_it(owner, list_id, contacts):
    ids = add_contacts(owner, list_id, *(f"a{number}@example.com" for number in range(contacts)))
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["old"], "contact_ids": ids})
    owner.api.get("/tags")  # the caller's token is known for a while
    with Meter() as renaming:
        assert owner.api.patch("/tags/old", json={"tag": "new"}).status == 200
    with Meter() as deleting:
        assert owner.api.delete("/tags/new").status == 200
    assert (renaming.write_units, deleting.write_units) == (6 + 1, 4 + 1), "one of each is the row of the audit log"
    assert owner.api.get("/tasks").json["data"] == []


def test_names_in_a_segment_cannot_be_deleted(owner, list_id):
    make_attribute(owner, list_id, "integer")
    owner.api.post("/tags", json={"tag": "vip"})
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    segment_id = make_segment(owner, list_id, query='`t` > 3 OR TAG IS NOT "vip" OR INTEREST IS "jazz"')
    names = {
        "attribute": f"/lists/{list_id}/custom-attributes/t",
        "interest": f"/lists/{list_id}/interests/jazz",
        "tag": "/tags/vip",
    }
    for kind, path in names.items():
        answer = owner.api.delete(path)
        assert code_of(answer) == (400, f"{kind}_in_use")
        assert f"Segment {segment_id} ('s') of list {list_id}" in answer.json["detail"][0]["msg"]
    owner.api.delete(f"/lists/{list_id}/segments/{segment_id}")
    assert [owner.api.delete(path).status for path in names.values()] == [200, 200, 200]


def test_segments_of_other_lists_and_accounts_keep_no_attribute(owner, list_id):
    for other in (owner, make_owner()):
        elsewhere = make_list(other)
        make_attribute(other, elsewhere, "integer")
        make_segment(other, elsewhere, query="`t` > 3")
    make_attribute(owner, list_id, "integer")
    assert owner.api.delete(f"/lists/{list_id}/custom-attributes/t").status == 200
