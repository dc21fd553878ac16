"""A name that its pattern does not allow gets in by no way: not when a thing is made, and not when it is renamed."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api, path_text

BAD = [
    "a b",
    "<b>",
    '"><svg onload=alert(1)>',
    "../x",
    "a#b",
    "a;b",
    "a\r\nb",
    "jazz\n",
    "a\0b",
    "{{7*7}}",
    "é",
    "٣",
    "x" * 256,
    "",
]
ALLOWED_IN_INTERESTS = {"a#b"}


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def list_id(owner):
    made = make_list(owner)
    owner.api.post(f"/lists/{made}/interests", json={"name": "jazz"})
    owner.api.post("/tags", json={"tag": "vip"})
    return made


@pytest.fixture(scope="module")
def contact_id(owner, list_id):
    return add_contacts(owner, list_id, "reader@example.com")[0]


@pytest.mark.parametrize("name", BAD)
def test_no_interest_has_a_bad_name(owner, list_id, name):
    if name in ALLOWED_IN_INTERESTS:
        return
    path = f"/lists/{list_id}/interests"
    assert owner.api.post(path, json={"name": name}).status == 422
    renamed = owner.api.patch(f"{path}/jazz", json={"name": name})
    assert (renamed.status, renamed.json["detail"][0]["type"]) == (400, "interest_name_invalid")
    assert [interest["name"] for interest in owner.api.get(path).json["data"]] == ["jazz"]


@pytest.mark.parametrize("name", BAD)
def test_no_tag_has_a_bad_name(owner, list_id, contact_id, name):
    contact = f"/lists/{list_id}/contacts/{contact_id}"
    for answer in (
        owner.api.post("/tags", json={"tag": name}),
        owner.api.patch("/tags/vip", json={"tag": name}),
        owner.api.post(f"{contact}/tag", json={"tags": [name]}),
        owner.api.patch(contact, json={"tags": [name]}),
        owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": [name], "contact_ids": [contact_id]}),
    ):
        assert answer.status == 422
    assert owner.api.delete(f"/tags/{path_text(name or ' ')}").status in (404, 422)  # 404: a slash makes another path
    assert owner.api.get("/tags").json["data"] == [{"tag": "vip"}]


@pytest.mark.parametrize("name", BAD)
def test_no_attribute_has_a_bad_name(owner, list_id, name):
    answer = owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": name, "type": "text"})
    assert answer.status in (400, 422)


def test_every_good_name_can_be_asked_for(owner):
    """Characters that mean something in a URL come encoded, and arrive."""
    made = make_list(owner)
    for name in ("c#", "a+b", "a@b", "_-_"):
        assert owner.api.post(f"/lists/{made}/interests", json={"name": name}).status == 201
        path = f"/lists/{made}/interests/{path_text(name)}"
        assert owner.api.get(path).json["data"]["name"] == name
        assert owner.api.delete(path).status == 200
    for email in ("a#b@example.com", "it`s@example.com", "a%41@example.com", "a&b=c@example.com"):
        assert owner.api.post("/suppressed-emails", json={"email": email}).status == 201
        assert owner.api.delete(f"/suppressed-emails/{path_text(email)}").json["email"] == email.lower()


def test_an_address_with_a_question_mark_cannot_be_named_by_a_path(owner):
    """The gateway cuts a path at a decoded question mark: the call is refused, and no other entry is removed."""
    for email in ("what?@example.com", "what@example.com"):
        assert owner.api.post("/suppressed-emails", json={"email": email}).status == 201
    assert owner.api.delete(f"/suppressed-emails/{path_text('what?@example.com')}").status == 422
    emails = {entry["email"] for entry in owner.api.get("/suppressed-emails").json["data"]}
    assert emails == {"what?@example.com", "what@example.com"}


@pytest.mark.parametrize("chars", [1_500, 3_000])
def test_an_id_longer_than_any_key_is_unknown(owner, chars):
    """DynamoDB refuses keys above 1,024 and 2,048 bytes."""
    long_id = "x" * chars
    for path in (f"/brands/default/senders/{long_id}", f"/forms/{long_id}", f"/tasks/{long_id}"):
        assert owner.api.get(path).status == 400, path
    assert owner.api.delete(f"/credentials/{long_id}").status == 400
    assert Api().get(f"/subscribe/{long_id}").status == 404
    assert Api().get(f"/audience/v1/{long_id}/list", headers={"api-key": "x"}).status == 401


def test_a_query_parameter_given_twice_is_malformed(owner):
    path = f"/lists/{make_list(owner)}/contacts"
    query = "send_double_opt_in=true&send_double_opt_in=false"
    assert owner.api.post(path, query=query, json={"email": "twice@example.com"}).status == 422


@pytest.mark.parametrize("mark", ["\u202e", "\u202a", "\u2066", "\u2069"])
def test_no_sender_name_or_subject_turns_the_direction_of_text(owner, list_id, mark):
    """`moc.elpmaxe` after U+202E is shown as `example.com`."""
    name = f"Bank {mark}moc.knab"
    content = {"subject": name, "html": "<p>Hello</p>"}
    for answer, place in (
        (owner.api.post("/brands/default/senders", json={"name": name, "email": "a@example.com"}), ["body", "name"]),
        (owner.api.post("/campaigns", json={"name": "x", "content": content}), ["body", "content", "subject"]),
    ):
        problem = answer.json["detail"][0]
        assert (answer.status, problem["type"], problem["loc"]) == (400, "header_unsafe", place)
