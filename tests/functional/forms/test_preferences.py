"""The preference page: interests, leaving, coming back."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from postrider import bootstrap
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.forms import confirmation_path, mails_to, make_form
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api
from tests.testing.names import named

HOSTILE = "<img src=x onerror=alert(1)>"


class Reader:
    """A contact with the link of their mail."""

    def __init__(self, owner, **list_fields):
        self.owner = owner
        self.list_id = make_list(owner, **list_fields)
        self.email = f"reader.{self.list_id}@example.com"
        self.id = bootstrap.contacts().upserts.create(owner.account_id, self.list_id, email=self.email).id
        token = MailToken(account_id=owner.account_id, list_id=self.list_id, contact_id=self.id)
        self.path = f"/p/{bootstrap.mail_tokens().make(TokenPurpose.PREFERENCES, token)}"

    @property
    def contact(self):
        return bootstrap.contacts().get(self.owner.account_id, self.list_id, self.id)

    def look(self):
        return BeautifulSoup(Api().get(self.path).text, "html.parser")

    def press(self, action, **fields):
        body = "&".join(f"{name}={value}" for name, values in fields.items() for value in values)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Api().post(self.path, body=f"action={action}&{body}", headers=headers)


@pytest.fixture
def owner(platform):
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    return make_owner()


def test_interests_are_ticked_by_the_names_people_know(owner):
    reader = Reader(owner, name="Gazette", language="fr")
    owner.api.post(f"/lists/{reader.list_id}/interests", json={"name": "jazz", "alias": "Jazz & Blues"})
    owner.api.post(f"/lists/{reader.list_id}/interests", json={"name": "rock"})
    page = reader.look()
    assert (page.html["lang"], page.h1.text, page.title.text) == ("fr", "Vos préférences", "Vos préférences")
    assert [label.text.strip() for label in page.find_all("label")] == ["Jazz & Blues", "rock"]
    assert page.find("input", checked=True) is None
    answer = reader.press("save", interests=["jazz", "unknown"])
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status == 200
    assert page.find(role="status") is not None
    assert [box["value"] for box in page.find_all("input", checked=True)] == ["jazz"]
    assert named(reader.contact).interests == {"jazz"}
    reader.press("save")
    assert named(reader.contact).interests == frozenset()


def test_a_sent_mail_links_to_the_page_in_both_parts(owner, platform):
    reader = Reader(owner)
    owner.api.post(f"/lists/{reader.list_id}/interests", json={"name": "jazz"})
    content = {"subject": "News", "html": '<p><a href="[PREFERENCES]">Choose</a></p>'}
    campaign_id = make_campaign(owner, list_id=reader.list_id, content=content)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain()
    mail = platform.aws.ses.mailbox.latest(to=reader.email)[0]
    [in_html] = re.findall(r'href="([^"]+)">Choose', mail["html"])
    [in_text] = re.findall(r"Choose \((.+)\)", mail["text"])
    assert in_html == in_text
    reader.path = urlsplit(in_html).path
    assert [box["value"] for box in reader.look().find_all("input", type="checkbox")] == ["jazz"]
    reader.press("save", interests=["jazz"])
    assert named(reader.contact).interests == {"jazz"}


def test_showing_the_page_and_an_unknown_button_change_nothing(owner):
    reader = Reader(owner)
    before = reader.contact
    assert Api().get(reader.path).status == 200
    assert reader.press("destroy").status == 400
    assert Api().post(reader.path).status == 400
    assert reader.contact == before


def test_leaving_the_list(owner):
    reader = Reader(owner)
    answer = reader.press("leave")
    assert (answer.status, reader.contact.status) == (200, "unsubscribed")
    assert owner.api.get("/suppressed-emails").json["data"] == []
    assert reader.look().find("button")["value"] == "come_back"


def test_leaving_everything_suppresses_the_address_and_cannot_be_taken_back_here(owner, platform):
    reader = Reader(owner)
    assert reader.press("leave_all").status == 200
    assert [entry["email"] for entry in owner.api.get("/suppressed-emails").json["data"]] == [reader.email]
    assert reader.look().find("form") is None
    reader.press("come_back")
    assert mails_to(platform, reader.email) == []


def test_the_owner_sets_the_page_after_unsubscriptions(owner):
    reader = Reader(owner, redirections={"after_opt_out": "https://example.com/bye"})
    answer = reader.press("leave")
    assert (answer.status, answer.headers["location"]) == (303, "https://example.com/bye")


def test_settings_of_a_form_apply_if_the_list_has_none(owner):
    reader = Reader(owner)
    make_form(owner, list_id=reader.list_id)
    make_form(owner, list_id=reader.list_id, redirections={"after_opt_out": "https://example.com/form-bye"})
    token = MailToken(account_id=owner.account_id, list_id=reader.list_id, contact_id=reader.id)
    link = f"/u/{bootstrap.mail_tokens().make(TokenPurpose.UNSUBSCRIBE, token)}"
    left = Api().post(link, form={"List-Unsubscribe": "One-Click", "page": "1"})
    assert (left.status, left.headers["location"]) == (303, "https://example.com/form-bye")
    assert reader.press("leave_all").headers["location"] == "https://example.com/form-bye"


def test_a_resubscription_needs_the_link_of_a_new_mail(owner, platform):
    """A mail is passed on with all its links: the one who got it that way must not subscribe its first reader."""
    reader = Reader(owner)
    reader.press("leave")
    assert reader.press("come_back").status == 200
    mail = mails_to(platform, reader.email)[0]
    assert reader.contact.status == "unsubscribed"
    Api().post(confirmation_path(mail))
    assert reader.contact.status == "active"
    assert reader.press("come_back").status == 200
    assert len(mails_to(platform, reader.email)) == 1, "who is subscribed is not asked"


def test_pages_of_deleted_contacts_look_like_other_pages(owner):
    reader = Reader(owner)
    before = Api().get(reader.path)
    owner.api.delete(f"/lists/{reader.list_id}/contacts/{reader.id}")
    after = Api().get(reader.path)
    assert (after.status, after.text) == (before.status, before.text)
    for action in ("save", "leave", "come_back"):
        assert reader.press(action).status == 200
    assert owner.api.get("/suppressed-emails").json["data"] == []
    assert reader.press("leave_all").status == 200
    assert [entry["email"] for entry in owner.api.get("/suppressed-emails").json["data"]] == [reader.email]


def test_names_are_escaped(owner):
    reader = Reader(owner, name=HOSTILE)
    owner.api.post(f"/lists/{reader.list_id}/interests", json={"name": "jazz", "alias": HOSTILE})
    for answer in (Api().get(reader.path), reader.press("leave"), Api().get(reader.path)):
        assert "<img" not in answer.text


def test_altered_tokens_and_tokens_of_other_purposes_are_refused(owner):
    reader = Reader(owner)
    token = MailToken(account_id=owner.account_id, list_id=reader.list_id, contact_id=reader.id)
    other = bootstrap.mail_tokens().make(TokenPurpose.UNSUBSCRIBE, token)
    for wrong in (f"/p/{other}", f"{reader.path}A", "/p/x"):
        assert (Api().get(wrong).status, Api().post(wrong, form={"action": "leave"}).status) == (404, 404)
    assert reader.contact.status == "active"
