"""The use of a form, from the page to the confirmed subscription."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from postrider import bootstrap
from postrider.contacts.consent_items import ConsentItems
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.forms import confirmation_path, mails_to, make_form, sign_up
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api
from tests.testing.names import named

TRAP = "your.website"
HOSTILE = '"><svg onload=alert(1)>'


@pytest.fixture
def owner(platform):
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    return make_owner()


def contact_of(owner, list_id, email):
    return bootstrap.contacts().find(owner.account_id, list_id, email)


def consents_of(owner, email):
    """Return the consent records, oldest first, with the paths of their pages."""
    [contact] = owner.api.post("/people/export", json={"email": email}).json["data"]["contacts"]
    consents = sorted(contact["consents"], key=lambda consent: consent["url"], reverse=True)
    return [{**consent, "url": urlsplit(consent["url"]).path} for consent in consents]


def soup_of(answer):
    return BeautifulSoup(answer.text, "html.parser")


# Pages


def test_the_page_is_accessible_and_in_the_forms_language(owner):
    form_id = make_form(owner, list_id=make_list(owner, name="Gazette"), language="fr_CA")
    answer = Api().get(f"/subscribe/{form_id}")
    page = soup_of(answer)
    assert (answer.status, page.html["lang"], page.title.text) == (200, "fr", "S'abonner: Gazette")
    field = page.find("input", {"name": "email"})
    assert page.find("label", {"for": field["id"]}).text == "Adresse électronique"
    assert (field["type"], field["autocomplete"], field.has_attr("required")) == ("email", "email", True)
    assert page.form["method"] == "post"
    assert "action" not in page.form.attrs
    assert page.find("button", {"type": "submit"}).text == "S'abonner"
    trap = page.find("input", {"name": TRAP})
    assert (trap["tabindex"], trap.find_parent(attrs={"aria-hidden": "true"}) is not None) == ("-1", True)
    assert page.find("script") is None


def test_the_page_runs_nothing_keeps_nothing_and_is_not_framed(owner):
    answer = Api().get(f"/subscribe/{make_form(owner)}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.cookies == []


def test_a_language_without_words_of_ours_is_english(owner):
    page = soup_of(Api().get(f"/subscribe/{make_form(owner, language='ja')}"))
    assert (page.html["lang"], page.h1.text) == ("en", "Subscribe")


def test_html_of_the_owner_is_cleaned(owner):
    """All pages share one origin: a form must not run scripts there, nor post elsewhere."""
    html = (
        '<h1 onclick="x()">Join</h1><script>alert(1)</script><iframe src="https://evil.example"></iframe>'
        '<form action="https://evil.example"><input name="email" type="email" onfocus="x()" formaction="https://evil.example">'
        '<input type="password" name="p"><button formaction="https://evil.example">Go</button></form>'
        '<a href="javascript:alert(1)">x</a><p style="position:fixed;color:red">styled</p><style>*{display:none}</style>'
        '<img src="https://example.com/a.png" alt="a" onerror="x()">'
    )
    form_id = make_form(owner, content={"linked": html, "embedded": html})
    for path in (f"/subscribe/{form_id}", f"/subscribe/{form_id}/embed"):
        text = Api().get(path).text
        page = BeautifulSoup(text, "html.parser")
        for evil in (
            "evil.example",
            "onclick",
            "onfocus",
            "onerror",
            "javascript:",
            "alert(1)",
            "position:fixed",
            "password",
        ):
            assert evil not in text, evil
        assert len(page.find_all("form")) == 1
        assert len(page.find_all("input", {"name": "email"})) == 1
        assert page.find("p", style=True)["style"] == "color:red"
        assert page.find("img")["src"] == "https://example.com/a.png"
        assert len(page.find_all("button")) == 1


def test_names_are_escaped_wherever_they_are_shown(owner, platform):
    list_id = make_list(owner, name=HOSTILE)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "age", "type": "integer"})
    form_id = make_form(
        owner, list_id=list_id, name=HOSTILE, content={"linked": '<input name="email"><input name="age">'}
    )
    pages = [
        Api().get(f"/subscribe/{form_id}"),
        sign_up(form_id, HOSTILE),
        sign_up(form_id, "a@example.com", age=HOSTILE),
    ]
    assert [page.status for page in pages] == [200, 400, 400]
    for answer in pages:
        assert "<svg" not in answer.text


def test_html_without_an_address_field_stands_above_ours(owner):
    page = soup_of(Api().get(f"/subscribe/{make_form(owner, content={'linked': '<h1>News</h1><p>Weekly.</p>'})}"))
    assert [heading.text for heading in page.find_all("h1")] == ["News"]
    assert page.find("p", string="Weekly.").find_next("input", {"name": "email"}) is not None


def test_the_snippet_posts_to_the_page_from_any_site(owner):
    form_id = make_form(owner, content={"embedded": "<p>Join us</p>"}, language="de")
    answer = Api().get(f"/subscribe/{form_id}/embed")
    snippet = soup_of(answer)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "frame-ancestors" not in answer.headers["content-security-policy"]
    linked = owner.api.get(f"/forms/{form_id}").json["data"]["url"]["linked"]
    assert (snippet.form["action"], snippet.form["lang"], snippet.form["target"]) == (linked, "de", "_top")
    assert snippet.find("html") is None
    assert snippet.find("p", string="Join us") is not None


@pytest.mark.parametrize("path", ["/subscribe/none", "/subscribe/none/embed"])
def test_an_unknown_form_is_a_404_page(owner, path):
    answer = Api().get(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert sign_up("none", "a@example.com").status == 404


def test_the_form_of_an_archived_list_is_closed(owner):
    list_id = make_list(owner)
    form_id = make_form(owner, list_id=list_id)
    owner.api.post(f"/lists/{list_id}/archive")
    assert Api().get(f"/subscribe/{form_id}").status == 404
    assert sign_up(form_id, "a@example.com").status == 404


def test_the_form_of_a_suspended_account_is_closed_and_mails_no_requests(platform):
    parent = make_owner()
    owner = make_owner(parent=parent)
    form_id = make_form(owner)
    email = f"ann.{form_id}@example.com"
    assert sign_up(form_id, email).status == 200
    assert parent.api.post(f"/accounts/{owner.account_id}/suspend").status == 200
    bootstrap.reset()  # as a process that has not seen the account
    assert Api().get(f"/subscribe/{form_id}").status == 404
    assert sign_up(form_id, email).status == 404
    assert mails_to(platform, email) == []


# Signing up


def test_with_double_opt_in_nobody_is_subscribed_before_the_link_is_used(owner, platform):
    list_id = make_list(owner, name="Gazette")
    form_id = make_form(owner, list_id=list_id, language="fr")
    email = f"ann.{form_id}@example.com"
    answer = sign_up(form_id, email)
    assert answer.status == 200
    assert "Consultez votre boîte" in answer.text
    mail = mails_to(platform, email)[0]
    assert contact_of(owner, list_id, email).status == "pending"
    assert mail["subject"] == "Confirmez votre abonnement"
    assert mail["from"] == owner.email
    path = confirmation_path(mail)
    asked = Api().get(path)
    assert (asked.status, soup_of(asked).html["lang"], "Gazette" in asked.text) == (200, "fr", True)
    assert contact_of(owner, list_id, email).status == "pending", "a scanner that follows the link must not confirm"
    done = Api().post(path)
    assert (done.status, "Vous êtes abonné" in done.text) == (200, True)
    assert contact_of(owner, list_id, email).status == "active"
    assert Api().post(path).status == 200
    consents = consents_of(owner, email)
    assert {consent["text"] for consent in consents} == {"Souhaitez-vous recevoir les courriels de « Gazette » ?"}
    assert [consent["url"] for consent in consents] == [f"/subscribe/{form_id}", "/confirm"]
    assert consents[0]["ip"] == "198.51.100.7"


def test_without_double_opt_in_a_new_address_is_active(owner, platform, monkeypatch):
    list_id = make_list(owner)
    content = {"linked": "<h1>Join us,</h1><p>weekly</p>"}
    form_id = make_form(owner, list_id=list_id, double_opt_in=False, content=content)
    email = f"bob.{form_id}@example.com"
    assert "Thank you" in sign_up(form_id, f"  {email}  ").text
    with monkeypatch.context() as dying:
        dying.setattr(ConsentItems, "add_many", lambda *args, **kwargs: 1 / 0)
        assert len(platform.drain("add-contacts").failed) == 1
    assert mails_to(platform, email) == []
    assert contact_of(owner, list_id, email).status == "active"
    [consent] = consents_of(owner, email)
    assert (consent["text"], consent["ip"]) == ("Join us, weekly", "198.51.100.7")
    sign_up(form_id, email, source_ip="198.51.100.8")
    mails_to(platform, email)
    assert len(consents_of(owner, email)) == 1, "a stranger can type the address of somebody who is subscribed"


def test_the_owner_sets_the_pages_after_sign_ups(owner, platform):
    list_id = make_list(owner, redirections={"after_opt_in": "https://example.com/list-in"})
    form_id = make_form(
        owner,
        list_id=list_id,
        redirections={"after_opt_in": "https://example.com/in", "after_double_opt_in": "https://example.com/confirmed"},
    )
    email = f"cat.{form_id}@example.com"
    answer = sign_up(form_id, email)
    assert (answer.status, answer.headers["location"]) == (303, "https://example.com/in")
    confirmed = Api().post(confirmation_path(mails_to(platform, email)[0]))
    assert (confirmed.status, confirmed.headers["location"]) == (303, "https://example.com/confirmed")
    plain = make_form(owner, list_id=list_id)
    assert sign_up(plain, email).headers["location"] == "https://example.com/list-in", (
        "the list's, when the form has none"
    )


def test_a_link_expires_after_seven_days_and_works_until_then(owner, platform):
    form_id = make_form(owner)
    email = f"dan.{form_id}@example.com"
    sign_up(form_id, email)
    path = confirmation_path(mails_to(platform, email)[0])
    platform.clock.move(timedelta(days=7) - timedelta(seconds=1))
    assert Api().get(path).status == 200
    platform.clock.move(timedelta(seconds=1))
    assert (Api().get(path).status, Api().post(path).status) == (410, 410)


def test_altered_links_and_links_of_other_purposes_are_refused(owner, platform):
    form_id = make_form(owner)
    email = f"eve.{form_id}@example.com"
    sign_up(form_id, email)
    path = confirmation_path(mails_to(platform, email)[0])
    token = path.rpartition("/")[2]
    assert email not in path
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), f"/p/{token}", f"/s/{token}", f"/u/{token}"):
        assert Api().get(wrong).status == 404
        assert Api().post(wrong, form={"List-Unsubscribe": "One-Click", "action": "leave"}).status == 404


def test_attributes_and_interests_that_the_form_asks_for_are_kept_and_no_others(owner, platform):
    list_id = make_list(owner)
    for name, kind in (("city", "text"), ("born", "datetime"), ("secret", "text")):
        owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": name, "type": kind})
    for name in ("jazz", "rock", "internal"):
        owner.api.post(f"/lists/{list_id}/interests", json={"name": name})
    html = (
        '<label>Mail <input name="email"></label><input name="city"><input type="datetime-local" name="born">'
        '<input type="checkbox" name="interests" value="jazz"><input type="checkbox" name="interests" value="rock">'
        '<input name="unknown">'
    )
    form_id = make_form(owner, list_id=list_id, content={"linked": html})
    email = f"flo.{form_id}@example.com"
    body = (
        f"email={email}&city=Gen%C3%A8ve&born=1990-05-01T08:30&secret=x&unknown=x"
        "&interests=jazz&interests=rock&interests=internal"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert Api().post(f"/subscribe/{form_id}", body=body, headers=headers).status == 200
    Api().post(confirmation_path(mails_to(platform, email)[0]))
    contact = named(contact_of(owner, list_id, email))
    assert contact.attributes == {"city": "Genève", "born": "1990-05-01 08:30:00"}
    assert contact.interests == {"jazz", "rock"}


def test_invalid_fields_are_reported_and_nothing_is_stored(owner, platform):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "age", "type": "integer"})
    form_id = make_form(owner, list_id=list_id, content={"embedded": '<input name="email"><input name="age">'})
    bad_email = sign_up(form_id, "not an address")
    page = soup_of(bad_email)
    field = page.find("input", {"name": "email"})
    assert bad_email.status == 400
    assert page.title.text.startswith("Error: ")
    assert (field["value"], field["aria-invalid"], field["aria-describedby"]) == ("not an address", "true", "problem")
    assert page.find(id="problem")["role"] == "alert"
    bad_age = sign_up(form_id, f"g.{form_id}@example.com", age="old")
    assert (bad_age.status, "“age”" in soup_of(bad_age).find(id="problem").text) == (400, True)
    for body in ("", "{}", "email=" + "x" * 70_000, "&" * 600):
        assert Api().post(f"/subscribe/{form_id}", body=body).status == 400
    assert mails_to(platform, f"g.{form_id}@example.com") == []
    assert bootstrap.contacts().blocks_of(owner.account_id, list_id) == []


# Consent


def make_known(owner, list_id, email, status):
    contacts = bootstrap.contacts()
    contact = contacts.upserts.create(owner.account_id, list_id, email=email)
    key = (owner.account_id, list_id, contact.id)
    if status == "unsubscribed":
        contacts.unsubscribe(*key)
    if status == "invalid":
        contacts.mark_bounced(*key, kind="hard", hard=True, event_id="b1")
    if status == "flagged":
        contacts.mark_complained(*key, event_id="c1")
    return contact_of(owner, list_id, email)


@pytest.mark.parametrize("double_opt_in", [True, False])
@pytest.mark.parametrize("status", ["active", "invalid", "flagged", "unsubscribed"])
def test_a_stranger_changes_nothing_of_a_known_contact(owner, platform, status, double_opt_in):
    """Anybody can type anybody's address: it must not subscribe, unsubscribe or rewrite them."""
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    content = {"linked": '<input name="email"><input name="city">'}
    form_id = make_form(owner, list_id=list_id, double_opt_in=double_opt_in, content=content)
    email = f"{status}.{form_id}@example.com"
    before = make_known(owner, list_id, email, status)
    answer = sign_up(form_id, email.upper(), city="Elsewhere")
    mails = mails_to(platform, email)
    assert contact_of(owner, list_id, email) == before
    unknown = sign_up(form_id, f"unknown.{form_id}@example.com", city="Elsewhere")
    assert (answer.status, answer.text, answer.headers) == (unknown.status, unknown.text, unknown.headers)
    assert len(mails) == (1 if status == "unsubscribed" else 0)


def test_an_unsubscribed_person_subscribes_again_by_the_link(owner, platform):
    list_id = make_list(owner)
    form_id = make_form(owner, list_id=list_id, double_opt_in=False)
    email = f"back.{form_id}@example.com"
    make_known(owner, list_id, email, "unsubscribed")
    sign_up(form_id, email)
    Api().post(confirmation_path(mails_to(platform, email)[0]))
    assert contact_of(owner, list_id, email).status == "active"


def test_a_suppressed_address_gets_no_mail_and_the_same_answer(owner, platform):
    form_id = make_form(owner)
    owner.api.post("/suppressed-emails", json={"email": f"*@{form_id}.example.com"})
    email = f"x@{form_id}.example.com"
    assert "Check your inbox" in sign_up(form_id, email).text
    assert mails_to(platform, email) == []


def test_a_second_sign_up_mails_a_request_for_the_new_values(owner, platform):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    form_id = make_form(owner, list_id=list_id, content={"linked": '<input name="email"><input name="city">'})
    email = f"twice.{form_id}@example.com"
    sign_up(form_id, email, city="Bern")
    mails_to(platform, email)
    sign_up(form_id, email, city="Basel")
    newest, _ = mails_to(platform, email)
    assert contact_of(owner, list_id, email).status == "pending"
    Api().post(confirmation_path(newest))
    assert named(contact_of(owner, list_id, email)).attributes == {"city": "Basel"}


def test_a_link_confirms_the_values_of_its_own_sign_up(owner, platform):
    """A stranger signs the address up as well, before or after the person does."""
    list_id = make_list(owner)
    for name in ("city", "nickname"):
        owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": name, "type": "text"})
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    content = {
        "linked": '<input name="email"><input name="city"><input name="nickname"><input name="interests" value="jazz">'
    }
    form_id = make_form(owner, list_id=list_id, content=content)
    email = f"own.{form_id}@example.com"
    sign_up(form_id, email, city="Bern")
    own = confirmation_path(mails_to(platform, email)[0])
    sign_up(form_id, email, city="Elsewhere", nickname="Stranger", interests="jazz")
    other = confirmation_path(mails_to(platform, email)[0])
    assert named(contact_of(owner, list_id, email)).attributes == {}, "nothing is confirmed yet"
    for path in (own, own, other):
        assert Api().post(path).status == 200
        contact = named(contact_of(owner, list_id, email))
        assert (contact.status, contact.attributes, contact.interests) == ("active", {"city": "Bern"}, frozenset())


def test_a_link_is_used_up_by_its_use(owner, platform):
    """The link must not subscribe a person who unsubscribed later; the same applies to the link that subscribes again."""
    list_id = make_list(owner)
    form_id = make_form(owner, list_id=list_id)
    email = f"used.{form_id}@example.com"
    used = []
    for _ in range(2):
        sign_up(form_id, email)
        used.append(confirmation_path(mails_to(platform, email)[0]))
        assert Api().post(used[-1]).status == 200
        contact = contact_of(owner, list_id, email)
        assert contact.status == "active"
        owner.api.post(f"/lists/{list_id}/contacts/{contact.id}/unsubscribe")
        assert [(Api().get(path).status, Api().post(path).status) for path in used] == [(410, 410)] * len(used)
        assert contact_of(owner, list_id, email).status == "unsubscribed"


def test_a_link_that_was_not_used_ends_when_the_contact_leaves(owner, platform):
    list_id = make_list(owner)
    form_id = make_form(owner, list_id=list_id)
    email = f"left.{form_id}@example.com"
    sign_up(form_id, email)
    path = confirmation_path(mails_to(platform, email)[0])
    contact = contact_of(owner, list_id, email)
    owner.api.post(f"/lists/{list_id}/contacts/{contact.id}/unsubscribe")
    assert (Api().post(path).status, contact_of(owner, list_id, email).status) == (410, "unsubscribed")


# Spam


def test_a_sign_up_with_the_trap_field_gets_the_same_answer_and_is_ignored(owner, platform):
    list_id = make_list(owner)
    form_id = make_form(owner, list_id=list_id)
    email = f"bot.{form_id}@example.com"
    trapped = sign_up(form_id, email, **{TRAP: "https://spam.example"})
    assert mails_to(platform, email) == []
    assert contact_of(owner, list_id, email) is None
    honest = sign_up(form_id, email)
    assert (trapped.status, trapped.text) == (honest.status, honest.text)


def test_a_visitor_has_twenty_tries_an_hour(owner, platform):
    form_id = make_form(owner, language="fr")
    answers = [sign_up(form_id, f"v{number}@{form_id}.example.com", source_ip="203.0.113.9") for number in range(21)]
    assert [answer.status for answer in answers] == [200] * 20 + [429]
    assert "Trop de tentatives" in answers[-1].text
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
    assert sign_up(form_id, "other@example.com", source_ip="203.0.113.10").status == 200
    platform.clock.move(timedelta(hours=1))
    assert sign_up(form_id, "later@example.com", source_ip="203.0.113.9").status == 200


def test_addresses_of_the_same_ipv6_network_count_as_a_single_visitor(owner):
    form_id = make_form(owner)
    answers = [
        sign_up(form_id, f"v{number}@{form_id}.example.com", source_ip=f"2001:db8:1:2::{number:x}")
        for number in range(1, 22)
    ]
    assert answers[-1].status == 429
    assert sign_up(form_id, "n@example.com", source_ip="2001:db8:1:3::1").status == 200


def test_an_address_gets_three_mails_a_day_whatever_the_form(owner, platform):
    """Attackers flood a mailbox by signing it up everywhere; the answer does not reveal the limit."""
    email = f"victim.{owner.account_id}@example.com"
    answers = [sign_up(make_form(owner), email, source_ip=f"203.0.113.{number}") for number in range(5)]
    assert len(mails_to(platform, email)) == 3
    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
    platform.clock.move(timedelta(days=1))
    sign_up(make_form(owner), email)
    assert len(mails_to(platform, email)) == 4


def test_no_words_of_a_visitor_reach_the_mail(owner, platform):
    """Anybody can have it sent to anybody."""
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "name", "type": "text"})
    form_id = make_form(owner, list_id=list_id, content={"linked": '<input name="email"><input name="name">'})
    email = f"s16.{form_id}@example.com"
    sign_up(form_id, email, name="<a href=https://evil.example>Click</a>")
    mail = mails_to(platform, email)[0]
    assert "evil.example" not in mail["text"] + mail["html"]
    links = {urlsplit(link["href"]).hostname for link in BeautifulSoup(mail["html"], "html.parser").find_all("a")}
    assert links == {"mail.example.com"}


def test_a_form_sent_as_multipart_is_read_as_any_other(owner, platform):
    list_id = make_list(owner)
    form_id = make_form(owner, list_id=list_id)
    email = f"multi.{form_id}@example.com"
    body = f'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n{email}\r\n--b--\r\n'.encode()
    answer = Api().post(f"/subscribe/{form_id}", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status == 200
    assert mails_to(platform, email)
