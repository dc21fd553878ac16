"""Templates: kept contents, copied into campaigns."""

import pytest

from postrider.templates import service
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import HTML
from tests.testing.factories.templates import make_template

pytestmark = pytest.mark.usefixtures("platform")
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello [first_name,friend]<br>&copy; us</mj-text>"
    '<mj-button href="https://example.com/a?b=1&amp;c=2">Go</mj-button></mj-column></mj-section></mj-body></mjml>'
)


@pytest.fixture
def owner():
    return make_owner()


def test_a_template_is_stored_as_requested(owner):
    content = {"type": "html", "subject": "Thank you", "html": HTML, "text": "Thanks"}
    template_id = make_template(owner, name="Receipt", content=content, tags=["shop", "shop", "mail"])
    data = owner.api.get(f"/templates/{template_id}").json["data"]
    assert data["content"] == {**content, "json": None}
    assert (data["name"], data["tags"], data["trigger_name"]) == ("Receipt", ["shop", "mail"], None)
    assert data["created_on"] == data["updated_on"]


def test_the_answer_of_a_creation_has_no_data(owner):
    answer = owner.api.post("/templates", json={"name": "x", "content": {"type": "text", "text": "Hi"}})
    assert (answer.status, set(answer.json)) == (201, {"id", "object", "created"})


def test_a_change_keeps_the_members_that_the_request_omits(owner):
    template_id = make_template(owner, tags=["shop"], trigger_name="order-paid")
    answer = owner.api.patch(f"/templates/{template_id}", json={"content": {"subject": "Paid"}})
    data = answer.json["data"]
    assert (data["content"]["subject"], data["content"]["html"], data["content"]["type"]) == ("Paid", HTML, "html")
    assert (data["name"], data["tags"], data["trigger_name"]) == ("Receipt", ["shop"], "order-paid")
    data = owner.api.patch(f"/templates/{template_id}", json={"name": "Paid", "tags": None}).json["data"]
    assert (data["name"], data["tags"], data["content"]["subject"]) == ("Paid", [], "Paid")
    assert owner.api.get(f"/templates/{template_id}").json["data"] == data


def test_a_deleted_template_is_unknown_and_its_campaigns_keep_their_copy(owner):
    template_id = make_template(owner)
    campaign = owner.api.post("/campaigns", json={"name": "x", "content": {"template": {"id": template_id}}}).json
    answer = owner.api.delete(f"/templates/{template_id}")
    assert answer.json == {"id": template_id, "object": "template", "deleted": True}
    for call in (owner.api.get, owner.api.delete):
        refused = call(f"/templates/{template_id}")
        assert (refused.status, refused.json["detail"][0]["loc"]) == (400, ["path", "template_id"])
    assert owner.api.get(f"/campaigns/{campaign['id']}").json["data"]["content"]["html"] == HTML


def test_listings_filter_and_sort(owner):
    first = make_template(owner, name="Beta", tags=["shop"])
    second = make_template(owner, name="alpha", tags=["shop", "news"])
    make_template(owner, name="Gamma")

    def ids(**query):
        return [row["id"] for row in owner.api.get("/templates", query=query).json["data"]]

    assert ids(filter="tag==shop") == [first, second]
    assert ids(filter="tag==shop", sort="name") == [second, first]
    assert ids(filter="name==ALPHA;is_owner==1") == [second]
    assert ids(filter="is_not_owner==1") == []
    answer = owner.api.get("/templates", query={"per_page": 2, "page": 2, "with_count": "true"}).json
    assert (len(answer["data"]), answer["pagination"]["count"]) == (1, 3)


@pytest.mark.parametrize(
    ("content", "loc"),
    [
        ({"type": "html", "html": "[IF x]"}, ["body", "content", "html"]),
        ({"type": "html", "subject": "a\r\nBcc: b@example.com"}, ["body", "content", "subject"]),
        ({"type": "custom", "json": {"mjml": "<mjml><mj-body>"}}, ["body", "content", "json", "mjml"]),
        ({"type": "custom", "html": "<p>", "json": {"mjml": MJML}}, ["body", "content", "html"]),
    ],
)
def test_a_content_that_cannot_be_sent_is_refused_and_nothing_is_kept(owner, content, loc):
    answer = owner.api.post("/templates", json={"name": "x", "content": content})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, loc), answer.text
    assert owner.api.get("/templates").json["data"] == []


def test_an_account_has_a_bounded_number_of_templates_and_tags(owner, monkeypatch):
    monkeypatch.setattr(service, "MAX_TEMPLATES", 1)
    body = {"name": "x", "content": {"type": "text", "text": "Hi"}}
    many = [f"tag{number}" for number in range(service.MAX_TAGS + 1)]
    assert owner.api.post("/templates", json={**body, "tags": many}).json["detail"][0]["type"] == "too_many_tags"
    make_template(owner)
    assert owner.api.post("/templates", json=body).json["detail"][0]["type"] == "too_many_templates"


def test_a_trigger_name_is_unique_in_any_case_of_letters(owner):
    first = make_template(owner, trigger_name="Order-Paid")
    second = make_template(owner)
    refused = owner.api.post(
        "/templates", json={"name": "x", "content": {"type": "text", "text": "x"}, "trigger_name": "order-paid"}
    )
    assert (refused.status, refused.json["detail"][0]["loc"]) == (400, ["body", "trigger_name"])
    assert owner.api.patch(f"/templates/{second}", json={"trigger_name": "ORDER-PAID"}).status == 400
    assert owner.api.patch(f"/templates/{first}", json={"trigger_name": "order-PAID"}).status == 200
    assert owner.api.patch(f"/templates/{first}", json={"trigger_name": None}).status == 200
    assert owner.api.patch(f"/templates/{second}", json={"trigger_name": "order-paid"}).status == 200
    owner.api.delete(f"/templates/{second}")
    make_template(owner, trigger_name="order-paid")
    make_template(make_owner(), trigger_name="order-paid")


def test_rendering_shows_the_company_and_leaves_the_tags_of_lists(owner):
    owner.api.patch("/accounts/self", json={"name": "Miller & Sons"})
    html = "<html><body><p>Hello [first_name,friend] from [CLIENTS.COMPANY_NAME]</p></body></html>"
    template_id = make_template(owner, content={"type": "html", "html": html})
    answer = owner.api.get(f"/templates/{template_id}/render")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert "Hello [first_name,friend] from Miller &amp; Sons" in answer.text
    text_id = make_template(owner, content={"type": "text", "text": "<b>Hi</b> [first_name]"})
    assert owner.api.get(f"/templates/{text_id}/render").text.startswith("<pre>&lt;b&gt;Hi&lt;/b&gt;")


def test_mjml_is_compiled_and_follows_its_source(owner):
    template_id = make_template(owner, content={"type": "custom", "subject": "s", "json": {"mjml": MJML}})
    content = owner.api.get(f"/templates/{template_id}").json["data"]["content"]
    assert content["json"] == {"mjml": MJML}
    assert "<!doctype html>" in content["html"]
    assert "© us" in content["html"]
    changed = MJML.replace("Hello", "Good morning")
    data = owner.api.patch(f"/templates/{template_id}", json={"content": {"json": {"mjml": changed}}}).json["data"]
    assert "Good morning" in data["content"]["html"]
    assert "Hello friend" not in owner.api.get(f"/templates/{template_id}/render").text


def test_a_campaign_copies_a_template_and_replaces_the_given_members(owner):
    template_id = make_template(owner, content={"type": "text", "subject": "Thank you", "text": "Thanks"})
    body = {"name": "x", "content": {"template": {"id": template_id}, "subject": "Hello"}}
    content = owner.api.post("/campaigns", json=body).json["data"]["content"]
    assert (content["subject"], content["text"], content["type"]) == ("Hello", "Thanks", "html")
    other = make_template(make_owner())
    for source, reason in (
        ({"template": {"id": other}}, ["body", "content", "template", "id"]),
        ({"blueprint": {"id": 999}}, ["body", "content", "blueprint", "id"]),
        ({"template": {"id": template_id}, "blueprint": {"id": 1}}, ["body", "content", "blueprint"]),
    ):
        refused = owner.api.post("/campaigns", json={"name": "y", "content": source})
        assert (refused.status, refused.json["detail"][0]["loc"]) == (400, reason), refused.text
    assert len(owner.api.get("/campaigns").json["data"]) == 1
