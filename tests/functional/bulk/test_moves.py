"""Renamed and deleted names: what is given afterwards stays, what was taken away does not come back."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

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
    return [one["id"] for one in found.json["data"]]


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
    assert code_of(make_attribute(owner, list_id, after)) == (400, "still_being_removed")
    assert owner.api.get(f"/lists/{list_id}/custom-attributes").json["data"] == []
    assert contact_of(owner, list_id, contact_id)["custom_attributes"] == []
    platform.drain()
    assert make_attribute(owner, list_id, after).status == 201
    assert contact_of(owner, list_id, contact_id)["custom_attributes"] == []
    for query in ('`t` LIKE "%"', '`t` = "7"'):
        assert owner.api.get(f"/lists/{list_id}/contacts", query={"query": query}).json["data"] == []
    assert [row["t"] for row in exported(owner, list_id, platform)] == [""]


def test_a_list_without_contacts_has_the_name_free_at_once(owner, list_id):
    make_attribute(owner, list_id, "integer")
    owner.api.delete(f"/lists/{list_id}/custom-attributes/t")
    assert make_attribute(owner, list_id, "text").status == 201


def test_no_tag_is_given_while_it_is_taken_away_and_none_is_lost_afterwards(owner, list_id, platform):
    one, two = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(f"{contacts}/tag", json={"tags": ["gone"], "contact_ids": [one]})
    owner.api.post("/tags", json={"tag": "other"})
    assert owner.api.delete("/tags/gone").status == 200
    refused = [
        owner.api.post("/tags", json={"tag": "gone"}),
        owner.api.patch("/tags/other", json={"tag": "gone"}),
        owner.api.delete("/tags/gone"),
        owner.api.post(f"{contacts}/tag", json={"tags": ["new", "gone"], "contact_ids": [two]}),
        owner.api.post(f"{contacts}/{two}/tag", json={"tags": ["gone"]}),
        owner.api.patch(f"{contacts}/{two}", json={"tags": ["gone"]}),
    ]
    assert [code_of(answer) for answer in refused] == [(400, "still_being_removed")] * 6
    assert [tag["tag"] for tag in owner.api.get("/tags").json["data"]] == ["other"]
    platform.drain()
    assert owner.api.post(f"{contacts}/tag", json={"tags": ["gone"], "contact_ids": [two]}).status == 200
    platform.drain()
    assert [contact_of(owner, list_id, number)["tags"] for number in (one, two)] == [[], ["gone"]]


def test_no_tag_is_given_while_it_is_renamed_and_none_is_renamed_afterwards(owner, list_id, platform):
    one, two = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    contacts = f"/lists/{list_id}/contacts"
    owner.api.post(f"{contacts}/{one}/tag", json={"tags": ["old"]})
    assert owner.api.patch("/tags/old", json={"tag": "new"}).status == 200
    refused = [
        owner.api.post(f"{contacts}/{two}/tag", json={"tags": ["old"]}),
        owner.api.delete("/tags/new"),
        owner.api.patch("/tags/new", json={"tag": "newer"}),
    ]
    assert [code_of(answer) for answer in refused] == [(400, "still_being_renamed")] * 3
    assert owner.api.post(f"{contacts}/{two}/tag", json={"tags": ["new"]}).status == 200
    platform.drain()
    owner.api.post(f"{contacts}/{two}/tag", json={"tags": ["old"]})
    platform.drain()
    assert [contact_of(owner, list_id, number)["tags"] for number in (one, two)] == [["new"], ["new", "old"]]
    assert owner.api.patch("/tags/new", json={"tag": "newer"}).status == 200


def test_no_interest_is_given_while_it_moves(owner, list_id, platform):
    one, two = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    interests = f"/lists/{list_id}/interests"
    add = f"/lists/{list_id}/contacts/add-interests"
    for name in ("jazz", "folk"):
        owner.api.post(interests, json={"name": name})
    owner.api.post(add, json={"interests": ["jazz", "folk"], "contact_ids": [one]})
    owner.api.delete(f"{interests}/jazz")
    owner.api.patch(f"{interests}/folk", json={"name": "blues"})
    assert code_of(owner.api.post(interests, json={"name": "jazz"})) == (400, "still_being_removed")
    assert code_of(owner.api.post(interests, json={"name": "folk"})) == (400, "still_being_renamed")
    assert code_of(owner.api.delete(f"{interests}/blues")) == (400, "still_being_renamed")
    for name in ("jazz", "folk"):
        refused = owner.api.post(add, json={"interests": [name], "contact_ids": [two]})
        assert code_of(refused) == (400, "interest_not_found")
    platform.drain()
    owner.api.post(interests, json={"name": "jazz"})
    owner.api.post(add, json={"interests": ["jazz"], "contact_ids": [two]})
    platform.drain()
    assert [contact_of(owner, list_id, number)["interests"] for number in (one, two)] == [["blues"], ["jazz"]]


def test_an_alias_may_be_given_while_contacts_follow(owner, list_id, platform):
    add_contacts(owner, list_id, "a@example.com")
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz", "alias": "Jazz"})
    owner.api.patch(f"/lists/{list_id}/interests/jazz", json={"name": "blues"})
    owner.api.patch(f"/lists/{list_id}/interests/blues", json={"alias": "Blues"})
    assert code_of(owner.api.delete(f"/lists/{list_id}/interests/blues")) == (400, "still_being_renamed")
    platform.drain()
    assert owner.api.get(f"/lists/{list_id}/interests/blues").json["data"]["alias"] == "Blues"
    assert owner.api.delete(f"/lists/{list_id}/interests/blues").status == 200


def test_a_name_that_was_deleted_meanwhile_is_not_put_on(owner, list_id, platform):
    """Messages may overtake each other: the tagging that was asked for first may be done last."""
    [contact_id] = add_contacts(owner, list_id, "a@example.com")
    body = {"tags": ["gone", "kept"], "query": '`email` LIKE "a%"'}
    owner.api.post(f"/lists/{list_id}/contacts/tag", json=body)
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    body = {"interests": ["jazz"], "query": '`email` LIKE "a%"'}
    owner.api.post(f"/lists/{list_id}/contacts/add-interests", json=body)
    owner.api.delete("/tags/gone")
    owner.api.delete(f"/lists/{list_id}/interests/jazz")
    for message in reversed(platform.aws.messages("run-tasks")):
        assert platform.aws._work("run-tasks", [message]) == []
    contact = contact_of(owner, list_id, contact_id)
    assert (contact["tags"], contact["interests"]) == (["kept"], [])


def test_an_order_that_was_lost_is_given_again(owner, list_id, platform):
    """The process that gave it may have died before its messages were on the queue: no name is lost by that."""
    [contact_id] = add_contacts(owner, list_id, "a@example.com")
    owner.api.post(f"/lists/{list_id}/contacts/{contact_id}/tag", json={"tags": ["gone"]})
    owner.api.delete("/tags/gone")
    platform.aws.purge()
    assert code_of(owner.api.post("/tags", json={"tag": "gone"})) == (400, "still_being_removed")
    platform.clock.move(timedelta(hours=2))
    assert code_of(owner.api.post("/tags", json={"tag": "gone"})) == (400, "still_being_removed")
    platform.drain()
    assert owner.api.post("/tags", json={"tag": "gone"}).status == 201
    assert contact_of(owner, list_id, contact_id)["tags"] == []


@pytest.mark.parametrize(
    ("expression", "rewritten"),
    [
        ({"query": 'TAG IS "old" AND `email` LIKE "a%"'}, {"query": 'TAG IS "n-2" AND `email` LIKE "a%"'}),
        ({"fiql": "tag!=other;(tags==old)"}, {"fiql": "tags!=other;tags==n-2"}),
        (
            {"json": {"or": [{"eq": {"tag": "old"}}, {"eq": {"tag": "x"}}]}},
            {"json": {"or": [{"eq": {"tags": "n-2"}}, {"eq": {"tags": "x"}}]}},
        ),
    ],
)
def test_segments_follow_a_renamed_tag_and_miss_nobody_meanwhile(owner, list_id, platform, expression, rewritten):
    ids = add_contacts(owner, list_id, *(f"a{number}@example.com" for number in range(3)))
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["old"], "contact_ids": ids[:2]})
    segment_id = make_segment(owner, list_id, **expression)
    untouched = make_segment(owner, list_id, query='not  `email` = "OLD"')
    owner.api.patch("/tags/old", json={"tag": "n-2"})
    while True:
        assert members(owner, list_id, segment_id) == ids[:2]
        messages = platform.aws.messages("run-tasks", limit=1)
        if not messages:
            break
        assert platform.aws._work("run-tasks", messages) == []
    [language] = expression
    assert owner.api.get(f"/lists/{list_id}/segments/{segment_id}").json["data"][language] == rewritten[language]
    assert owner.api.get(f"/lists/{list_id}/segments/{untouched}").json["data"]["query"] == 'not  `email` = "OLD"'
    assert [contact_of(owner, list_id, number)["tags"] for number in ids] == [["n-2"], ["n-2"], []]


def test_segments_follow_a_renamed_interest_of_their_list_only(owner, platform):
    lists = [make_list(owner), make_list(owner)]
    segments = []
    for list_id in lists:
        ids = add_contacts(owner, list_id, "a@example.com")
        owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
        body = {"interests": ["jazz"], "contact_ids": ids}
        owner.api.post(f"/lists/{list_id}/contacts/add-interests", json=body)
        segments.append(make_segment(owner, list_id, query='INTEREST IS "jazz"'))
    owner.api.patch(f"/lists/{lists[0]}/interests/jazz", json={"name": "blues"})
    platform.drain()
    shown = [
        owner.api.get(f"/lists/{list_id}/segments/{segment_id}").json["data"]["query"]
        for list_id, segment_id in zip(lists, segments, strict=True)
    ]
    assert shown == ['INTEREST IS "blues"', 'INTEREST IS "jazz"']
    assert all(len(members(owner, *pair)) == 1 for pair in zip(lists, segments, strict=True))


def test_a_segment_that_would_grow_too_large_keeps_its_tag_from_being_renamed(owner, list_id):
    owner.api.post("/tags", json={"tag": "x"})
    segment_id = make_segment(owner, list_id, query=" OR ".join(['TAG IS "x"'] * 256))
    answer = owner.api.patch("/tags/x", json={"tag": "y" * 64})
    assert code_of(answer) == (400, "selection_too_large")
    assert str(segment_id) in answer.json["detail"][0]["msg"]
    assert owner.api.get("/tags/x").status == 200


def test_what_a_segment_names_is_not_deleted(owner, list_id):
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
