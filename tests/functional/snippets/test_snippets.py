"""Snippets: what they may be, and how contents insert them."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.content.model import Content
from postrider.kit.errors import Invalid, NotFound
from postrider.snippets import rules
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.journeys import pass_time
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import make_action, make_workflow

HTML = '<p>{{ snippets["legal/footer"] }}</p>'


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Owner:
    return make_owner()


def put(owner: Owner, value: str, name: str = "legal/footer") -> None:
    bootstrap.snippets().put(owner.account_id, name=name, value=value)


def bodies(mailer: MemoryMailer) -> list[str]:
    return [mail.message.decode() for _, mail, _ in mailer.accepted]


def test_a_snippet_is_created_changed_listed_and_deleted(platform: Platform) -> None:
    owner = make_owner()
    snippets, account_id = bootstrap.snippets(), owner.account_id
    first = snippets.put(account_id, name="  b/ä  ", value="  <b>One</b> ")
    assert (first.name, first.value, first.updated_at) == ("b/ä", "<b>One</b>", platform.clock())
    put(owner, "A", "a")
    platform.clock.move(timedelta(minutes=1))
    assert snippets.put(account_id, name="b/ä", value="<b>One</b>") == first
    assert snippets.put(account_id, name="b/ä", value="Two").updated_at == platform.clock()
    assert [(row.name, row.value) for row in snippets.all(account_id)] == [("a", "A"), ("b/ä", "Two")]
    assert snippets.all(make_owner().account_id) == []
    snippets.delete(snippets.get(account_id, " b/ä "))
    with pytest.raises(NotFound):
        snippets.get(account_id, "b/ä")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        (" ", "x", "snippet_name_blank"),
        ("n" * 151, "x", "snippet_name_too_long"),
        ("a\nb", "x", "snippet_name_invalid"),
        ("{a}", "x", "snippet_name_invalid"),
        ("a", "\t ", "snippet_value_blank"),
        ("a", "x" * 16_001, "snippet_value_too_long"),
        ("a", "{{ snippets.b }}", "snippet_nested"),
        ("a", "{{ customer.x", "template_syntax"),
    ],
)
def test_unusable_snippets_are_refused(owner: Owner, name: str, value: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(owner, value, name)
    assert (refused.value.code, refused.value.field) == (code, ("value" if value != "x" else "name",))


def test_the_limits_of_an_account_hold(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_owner()
    monkeypatch.setattr(rules, "MAX_SNIPPETS", 2)
    monkeypatch.setattr(rules, "MAX_TOTAL_BYTES", 20)
    put(other, "0123456789", "a")
    with pytest.raises(Invalid, match="at most 20 bytes"):
        put(other, "0123456789ä", "b")
    put(other, "012345678", "b")
    with pytest.raises(Invalid, match="at most 2 snippets"):
        put(other, "0", "c")
    put(other, "012", "b")
    assert [row.value for row in bootstrap.snippets().all(other.account_id)] == ["0123456789", "012"]


def test_a_value_of_the_past_is_known(owner: Owner, platform: Platform) -> None:
    content, before = Content(text="{{ snippets.rate }}"), platform.clock()
    moments = []
    for value in ("1", "2", "3"):
        platform.clock.move(timedelta(days=1))
        put(owner, value, "rate")
        moments.append(platform.clock())
    snippets = bootstrap.snippets()
    snippets.delete(snippets.get(owner.account_id, "rate"))

    def text(as_of):  # type: ignore[no-untyped-def]
        return snippets.inserted(owner.account_id, content, as_of).text

    assert [text(moment) for moment in moments] == ["1", "2", "{{ snippets.rate }}"]
    assert [text(moment + timedelta(hours=1)) for moment in moments[:2]] == ["1", "2"]
    assert text(moments[2] - timedelta(microseconds=1)) == "2"
    assert text(before) == text(None) == "{{ snippets.rate }}"


def test_all_mails_of_a_campaign_have_the_snippets_of_its_moment(
    owner: Owner, platform: Platform, mailer: MemoryMailer
) -> None:
    """A change between two mails of a start would also move the numbers of its links."""
    put(owner, '<a href="https://example.com/old">Old</a>')
    list_id = make_list(owner)
    add_contacts(owner, list_id, "a@example.com")
    campaign_id = make_campaign(owner, list_id=list_id, content={"subject": "Hi", "html": HTML})
    path = f"/campaigns/{campaign_id}"
    assert "example.com/old" in owner.api.get(f"{path}/render").text
    assert owner.api.post(f"{path}/schedule").status == 200
    platform.clock.move(timedelta(seconds=5))
    put(owner, "New")
    other_id = make_campaign(owner, list_id=list_id, content={"subject": "x", "html": HTML})
    assert "New" in owner.api.get(f"/campaigns/{other_id}/render").text
    platform.drain()
    (body,) = bodies(mailer)
    assert "Old" in body
    assert "New" not in body
    assert "example.com/old" in owner.api.get(f"{path}/render").text


def test_a_campaign_with_an_unknown_snippet_is_not_scheduled(owner: Owner) -> None:
    content = {"subject": "Hi", "html": "<p>{{ snippets.nothing }}</p>"}
    campaign_id = make_campaign(owner, content=content)
    refusal = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert refusal.status == 400
    assert "the snippet 'nothing', which does not exist" in refusal.json["detail"][0]["msg"]
    rendered = owner.api.get(f"/campaigns/{campaign_id}/render")
    assert rendered.status == 200


def test_a_template_is_shown_with_its_snippets(owner: Owner) -> None:
    put(owner, "<b>Terms</b>")
    body = {"name": "t", "content": {"type": "html", "subject": "s", "html": HTML}}
    template_id = owner.api.post("/templates", json=body).json["id"]
    assert "<b>Terms</b>" in owner.api.get(f"/templates/{template_id}/render").text


def test_the_mails_of_a_workflow_have_the_snippets_of_its_activation(
    owner: Owner, platform: Platform, mailer: MemoryMailer
) -> None:
    put(owner, "First")
    list_id = make_list(owner)
    first_id, second_id = add_contacts(owner, list_id, "a@example.com", "b@example.com")
    workflow_id = make_workflow(owner, list_id=list_id, trigger="manual")
    settings = {"content": {"subject": "Hi", "html": HTML}, "sender": {"id": make_sender(owner)}}
    action_id = make_action(owner, workflow_id, email_settings=settings)
    path, shown = f"/workflows/{workflow_id}", f"/workflows/{workflow_id}/actions/{action_id}/render"
    assert owner.api.post(f"{path}/activate").status == 200
    platform.clock.move(timedelta(seconds=5))
    put(owner, "Second")
    owner.api.post(f"{path}/start", json={"contact_ids": [first_id]})
    pass_time(platform, timedelta(minutes=1))
    assert "First" in bodies(mailer)[0]
    assert "First" in owner.api.get(shown).text
    assert owner.api.post(f"{path}/deactivate").status == 200
    assert "Second" in owner.api.get(shown).text
    assert owner.api.post(f"{path}/activate").status == 200
    owner.api.post(f"{path}/start", json={"contact_ids": [second_id]})
    pass_time(platform, timedelta(minutes=1))
    assert "Second" in bodies(mailer)[1]


def test_a_contact_without_a_shown_value_gets_no_mail(owner: Owner, platform: Platform, mailer: MemoryMailer) -> None:
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "first_name", "type": "text"})
    for email, values in (("a@example.com", [{"name": "first_name", "value": "Ada"}]), ("b@example.com", [])):
        body = {"email": email, "custom_attributes": values}
        assert owner.api.post(f"/lists/{list_id}/contacts", json=body).status == 201
    content = {"subject": "Hi {{ customer.first_name }}", "html": "<p>{{ customer.email }} [UNSUBSCRIBE]</p>"}
    campaign_id = make_campaign(owner, list_id=list_id, content=content)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain()
    assert [mail.to for _, mail, _ in mailer.accepted] == ["a@example.com"]
    campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
    totals = bootstrap.delivery().totals(campaign)
    assert totals is not None
    assert (totals.tally.sent, totals.tally.failed) == (1, 1)


def is_in_use(owner: Owner, name: str) -> bool:
    """Try to delete the snippet, and say whether it was refused."""
    codes = []
    try:
        bootstrap.snippet_deletion().delete(owner.account_id, name)
    except Invalid as exc:
        codes.append(exc.code)
    return codes == ["snippet_in_use"]


def _template(owner: Owner, content: dict[str, str]) -> str:
    body = {"name": "t", "content": {"type": "html", "subject": "s", **content}}
    return f"/templates/{owner.api.post('/templates', json=body).json['id']}"


def _campaign(owner: Owner, content: dict[str, str]) -> str:
    return f"/campaigns/{make_campaign(owner, content={'subject': 's', **content})}"


def _action(owner: Owner, content: dict[str, str]) -> str:
    workflow_id = make_workflow(owner)
    settings = {"content": {"subject": "s", **content}, "sender": {"id": make_sender(owner)}}
    action_id = make_action(owner, workflow_id, email_settings=settings)
    return f"/workflows/{workflow_id}/actions/{action_id}"


USERS = {"template": _template, "campaign": _campaign, "action": _action}


@pytest.mark.parametrize("kind", USERS)
def test_a_snippet_is_deleted_when_no_content_inserts_it(owner: Owner, kind: str) -> None:
    put(owner, "x", kind)
    path = USERS[kind](owner, {"html": f"<p>{{{{ snippets.{kind} }}}}</p>"})
    assert is_in_use(owner, kind)
    content = {"html": "<p>Nothing</p>"}
    body = {"email_settings": {"content": content}} if kind == "action" else {"content": content}
    assert owner.api.patch(path, json=body).status == 200
    assert not is_in_use(owner, kind)
    put(owner, "x", kind)
    USERS[kind](owner, {"html": f"<p>{{{{ snippets.{kind} }}}}</p>"})
    assert is_in_use(owner, kind)


def test_a_deleted_content_uses_no_snippet(owner: Owner) -> None:
    put(owner, "x", "gone")
    for user in USERS.values():
        path = user(owner, {"html": "<p>{{ snippets.gone }}</p>"})
        assert is_in_use(owner, "gone")
        assert owner.api.delete(path).status == 200
    assert not is_in_use(owner, "gone")


def test_a_variant_uses_its_snippets(owner: Owner) -> None:
    put(owner, "x", "variant")
    account_id, campaign_id = owner.account_id, make_campaign(owner)
    variants = bootstrap.campaign_variants()
    variant = variants.add_language(account_id, campaign_id, "fr", content={"html": "<p>{{ snippets.variant }}</p>"})
    assert is_in_use(owner, "variant")
    variants.change(account_id, campaign_id, variant.id, {"html": "<p>Rien</p>"})
    assert not is_in_use(owner, "variant")
