"""System mails as a partner has designed them, for its own account and those below it."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_sender
from tests.testing.factories.templates import make_template
from tests.testing.factories.users import PERSON, invite, new_address

PATH = "/brands/default/system-emails"
KINDS = ("account_confirm", "user_confirm", "sender_confirm", "password_reset")
EMPTY = dict.fromkeys(KINDS)


@pytest.fixture
def partner(platform):
    return make_owner()


def make_design(owner, kind, *, title="Design", language="en_US", sender=None, **content):
    html = f'<p>{title}, [name]</p><p><a href="[{kind.upper()}]">Go</a> Code: [code]</p>'
    template_id = make_template(owner, content={"type": "html", "subject": f"{title} [name]", "html": html, **content})
    return {"language": language, "template": {"id": template_id}, "sender": sender}


def change(owner, **designs):
    answer = owner.api.patch(PATH, json=designs)
    assert answer.status == 200, answer.text
    return answer.json["data"]


def mail_to(platform, email):
    return platform.aws.ses.mailbox.latest(to=email)[0]


def test_an_account_has_no_designs_at_first(partner):
    assert partner.api.get(PATH).json["data"] == EMPTY


def test_put_replaces_all_kinds_and_patch_those_that_are_sent(partner):
    user, reset = make_design(partner, "user_confirm"), make_design(partner, "password_reset")
    put = partner.api.put(PATH, json={"user_confirm": [user], "password_reset": [reset]})
    assert (put.status, put.json["object"], put.json["updated"]) == (200, "systememails", True)
    assert put.json["data"] == EMPTY | {"user_confirm": [user], "password_reset": [reset]}
    other = make_design(partner, "user_confirm", language="fr_FR")
    assert change(partner, user_confirm=[user, other])["password_reset"] == [reset]
    assert change(partner, user_confirm=None)["user_confirm"] is None
    assert partner.api.put(PATH, json={}).json["data"] == EMPTY
    assert partner.api.get(PATH).json["data"] == EMPTY


def test_the_invitation_of_a_user_has_the_template_and_the_sender(partner, platform):
    sender_id = make_sender(partner)
    sender = {"id": sender_id, "name": "The Agency"}
    change(partner, user_confirm=[make_design(partner, "user_confirm", title="Welcome", sender=sender)])
    user = invite(partner, language="en_GB")
    mail = mail_to(platform, user["email"])
    assert mail["subject"].startswith("Welcome")
    assert mail["headers"]["From"] == f'"The Agency" <{partner.email}>'
    assert "https://mail.example.com/confirm-user/" in mail["html"]
    assert "https://mail.example.com/confirm-user/" in mail["text"]
    assert "[" not in mail["html"] + mail["subject"]


def test_the_nearest_account_above_determines_the_design(partner, platform):
    change(partner, sender_confirm=[make_design(partner, "sender_confirm", title="From above")])
    below = make_owner(parent=partner)
    email = new_address()
    assert below.api.post("/brands/default/senders", json={"name": "S", "email": email}).status == 201
    assert mail_to(platform, email)["subject"].startswith("From above")
    stranger, email = make_owner(), new_address()
    stranger.api.post("/brands/default/senders", json={"name": "S", "email": email})
    assert mail_to(platform, email)["subject"] == "Confirm your sender address"


def test_the_owner_of_a_new_account_gets_the_design(partner, platform):
    change(partner, account_confirm=[make_design(partner, "account_confirm", title="Your account")])
    email = new_address()
    body = {"name": "Branch", "account_owner": {**PERSON, "email": email, "password": "long enough 1"}}
    assert partner.api.post("/accounts", json=body).status == 201
    assert mail_to(platform, email)["subject"].startswith("Your account Branch")


def test_a_language_without_a_design_has_the_built_in_texts(partner, platform):
    change(partner, password_reset=[make_design(partner, "password_reset", title="Vite", language="fr_FR")])
    subjects = {}
    for language in ("fr_CA", "de_DE", "fr_FR"):
        partner.api.post("/users/forgot-my-password", json={"email": partner.email}, query={"language": language})
        platform.drain("mail-links")
        subjects[language] = mail_to(platform, partner.email)["subject"]
    assert subjects["fr_FR"].startswith("Vite")
    assert subjects["fr_CA"].startswith("Vite"), "the same language in another country"
    assert subjects["de_DE"] == "Setzen Sie Ihr Passwort zurück"


def test_variables_are_escaped(partner, platform):
    change(partner, user_confirm=[make_design(partner, "user_confirm")])
    partner.api.patch("/accounts/self", json={"name": "<b>Bold</b> & {{ 7*7 }} [code]"})
    user = invite(partner)
    html = mail_to(platform, user["email"])["html"]
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; {{ 7*7 }} [code]" in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"html": "<p>No link</p>"}, "user_confirm"),
        ({"html": '<a href="[PASSWORD_RESET]">Go</a>'}, "user_confirm"),
        ({"html": '<!-- <a href="[USER_CONFIRM]">Go</a> --><p>x</p>'}, "user_confirm"),
        ({"html": '<a href="[USER_CONFIRM]">Go</a>', "text": "No link here"}, "user_confirm"),
    ],
)
def test_a_template_without_the_tag_of_the_kind_is_refused(partner, content, kind):
    design = make_design(partner, "user_confirm", **content)
    answer = partner.api.patch(PATH, json={kind: [design]})
    problem = answer.json["detail"][0]
    assert (answer.status, problem["type"]) == (400, "action_tag_missing")
    assert problem["loc"] == ["body", kind, "0", "template", "id"]
    assert "[USER_CONFIRM]" in problem["msg"]


def test_unusable_designs_are_refused(partner, platform):
    stranger = make_owner()
    foreign_template = make_design(stranger, "user_confirm")
    foreign_sender = {"id": make_sender(stranger), "name": None}
    unconfirmed = partner.api.post("/brands/default/senders", json={"name": "S", "email": new_address()}).json["id"]
    good = make_design(partner, "user_confirm")
    for entries, place in (
        ([foreign_template], ["0", "template", "id"]),
        ([good | {"sender": foreign_sender}], ["0", "sender", "id"]),
        ([good | {"sender": {"id": unconfirmed}}], ["0", "sender", "id"]),
        ([good, good], ["1", "language"]),
    ):
        answer = partner.api.put(PATH, json={"user_confirm": entries})
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "user_confirm", *place])
    assert partner.api.put(PATH, json={"user_confirm": [{"language": "xx"}]}).status == 422
    assert partner.api.get(PATH).json["data"] == EMPTY


def test_an_account_that_is_no_partner_designs_nothing(partner):
    below = make_owner(parent=partner)
    design = make_design(below, "user_confirm")
    for method in ("PUT", "PATCH"):
        answer = below.api.call(method, PATH, json={"user_confirm": [design]})
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, "partner_required")


def test_a_mail_is_sent_although_its_template_or_sender_is_gone(partner, platform):
    address = new_address()
    made = partner.api.post("/brands/default/senders", json={"name": "Gone", "email": address}).json
    secret = mail_to(platform, address)["text"].partition("/confirm-sender/")[2].split()[0]
    partner.api.post("/brands/default/senders/confirm-email", json={"confirmation_id": secret})
    design = make_design(partner, "user_confirm", sender={"id": made["id"]})
    change(partner, user_confirm=[design])
    assert partner.api.delete(f"/brands/default/senders/{made['id']}").status == 200
    assert (
        partner.api.patch(
            f"/templates/{design['template']['id']}", json={"content": {"type": "html", "html": "<p>No link</p>"}}
        ).status
        == 200
    )
    mail = mail_to(platform, invite(partner)["email"])
    assert (mail["subject"], "postrider@example.com" in mail["headers"]["From"]) == ("Choose your password", True)
    assert partner.api.delete(f"/templates/{design['template']['id']}").status == 200
    assert mail_to(platform, invite(partner)["email"])["subject"] == "Choose your password"


def test_a_sender_that_ses_refuses_does_not_keep_the_mail_from_being_sent(partner, platform, monkeypatch):
    change(partner, user_confirm=[make_design(partner, "user_confirm", sender={"id": make_sender(partner)})])
    ses = platform.aws.ses
    monkeypatch.setattr(ses, "_require_identity", True)
    monkeypatch.setattr(ses, "_is_verified", lambda name: name == "postrider@example.com")
    ses._known.clear()
    mail = mail_to(platform, invite(partner)["email"])
    assert "postrider@example.com" in mail["headers"]["From"]
    assert mail["subject"].startswith("Design")
    ses._known.clear()
