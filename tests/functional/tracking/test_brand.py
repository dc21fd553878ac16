"""Public pages show the company that the account belongs to, and the reference group shows where to go on."""

import re

import pytest

from functions.api.reference.routes_reference import DOCUMENTS
from infra.openapi import DIALECTS
from postrider import bootstrap
from postrider.mail_events.source import MailSource
from postrider.tracking.pages import with_title
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.forms import make_form
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api

ADDRESS = {"address1": "1 Market St", "city": "Bern", "province": "BE", "postal_code": "3000", "country": "CH"}


@pytest.fixture
def owner(platform):
    return make_owner()


def form_page(owner):
    return Api().get(f"/subscribe/{make_form(owner, list_id=make_list(owner))}")


def test_a_page_shows_name_logo_and_colour_when_they_are_set(owner):
    assert "<header>" not in form_page(owner).text
    company = {"name": "Tea & Co", "logo": "https://example.com/logo.png", "color": "#FFD700"}
    assert owner.api.patch("/accounts/self", json=company).status == 200
    page = form_page(owner)
    assert "<span>Tea &amp; Co</span>" in page.text
    assert 'src="https://example.com/logo.png"' in page.text
    assert "--button:#FFD700;--on-button:#000" in page.text, "black is readable on gold"
    assert "img-src http: https:" in page.headers["content-security-policy"]
    assert "prefers-color-scheme:dark" in page.text
    cleared = owner.api.patch("/accounts/self", json={"logo": None, "color": None}).json["data"]
    assert (cleared["logo"], cleared["color"]) == ("", None)


@pytest.mark.parametrize("color", ["red", "#12345", "#fff;background:url(x)", '#000000"><script>'])
def test_a_colour_is_nothing_but_a_colour(owner, color):
    assert owner.api.patch("/accounts/self", json={"color": color}).status == 422


def test_sending_without_a_postal_address_is_warned_of(owner):
    def warnings_of(path, body):
        answer = owner.api.post(f"/campaigns/{campaign_id}/{path}", json=body)
        assert answer.status == 200, answer.text
        return [warning["type"] for warning in answer.json["warnings"]]

    content = {"subject": "x", "html": "<p>x</p>"}
    campaign_id = make_campaign(owner, list_id=make_list(owner), content=content)
    assert warnings_of("send-test", {"email": "a@example.com"}) == ["no_postal_address"]
    assert warnings_of("schedule", {"date": 1893456000}) == ["no_postal_address"]
    owner.api.patch("/accounts/self", json={"address": ADDRESS})
    assert warnings_of("reschedule", {"date": 1893456001}) == []


def test_the_page_for_sharing_has_a_link_to_copy_and_a_subject(owner, platform):
    campaign = make_sent_campaign(owner, content={"subject": "News & tea", "html": "<p>Hello</p>"})
    token = bootstrap.mail_tokens().make(
        TokenPurpose.FORWARD,
        MailToken(
            account_id=owner.account_id,
            source=MailSource.campaign(campaign.id),
            list_id=campaign.list_id,
            contact_id=campaign.contact_ids[0],
        ),
    )
    share = Api().get(f"/f/{token}").text
    url = re.search(r'readonly value="([^"]+)"', share)[1]
    assert "mailto:?subject=News%20%26%20tea&amp;body=" in share
    view = Api().get(re.search(r"/v/.*", url)[0])
    assert (view.status, "<title>News &amp; tea</title>" in view.text) == (200, True)


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<html><head><meta></head></html>", "<html><head><title>A &lt; B</title><meta></head></html>"),
        ("<p>x</p>", "<title>A &lt; B</title><p>x</p>"),
        ("<head><title>Own</title></head>", "<head><title>Own</title></head>"),
    ],
)
def test_a_mail_in_the_browser_has_a_title(html, title):
    assert with_title(html, "A < B") == title


def test_the_root_and_the_reference_say_how_to_begin(platform):
    home, reference = Api().get("/"), Api().get("/reference")
    for page in (home, reference):
        assert page.status == 200
        assert "curl -s https://mail.example.com/token" in page.text
    for link in ("/reference", "/reference/openapi.json"):
        assert f'href="{link}"' in home.text
        assert Api().get(link).status == 200


def test_the_reference_shows_each_dialect(platform):
    assert DOCUMENTS.keys() == DIALECTS.keys()
    for dialect, about in DIALECTS.items():
        page = Api().get("/reference", query={"dialect": dialect}).text
        assert [f"/reference?dialect={other}" in page for other in DIALECTS] == [True] * len(DIALECTS)
        document = Api().get("/reference/openapi.json", query={"dialect": dialect}).json
        assert document["info"]["title"] == about.title
    assert '"dialect": "kasplo"' in Api().get("/reference", query={"dialect": "kasplo"}).text
    assert Api().get("/reference", query={"dialect": "none"}).status == 422
