"""Links of mails: nobody can change their target, count more with them, or act for another contact."""

import json
import re
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.adapters.sqs import SqsQueue
from postrider.contacts.model import Status
from postrider.contacts.service import ContactService
from postrider.kit.observability import AlarmMetric
from postrider.mail_events.engagement import MAX_OPENS
from postrider.mail_events.model import EventType, LogQuery
from postrider.mail_events.repository import LogRepository
from postrider.mail_events.source import MailSource
from postrider.suppressions.model import SuppressionSource
from postrider.tracking.service import MAX_EVENTS_PER_TOKEN
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.forms import confirmation_path, mails_to
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api

OFFER = "https://example.com/offer?a=1&b=2"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
APPLE_PRIVACY = "Mozilla/5.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.fixture
def sent(platform):
    platform.drain("record-engagement")
    content = {"subject": "News", "html": "<p>For [email,a friend] <a href='https://example.com/x'>x</a></p>"}
    campaign = make_sent_campaign(make_owner(), content=content)
    bootstrap.link_table().save(
        campaign.owner.account_id, MailSource.campaign(campaign.id), {1: OFFER, 2: "javascript:alert(1)"}
    )
    platform.clock.move(timedelta(hours=5))
    return campaign


def token(campaign, purpose, place=0, **values):
    known = {
        "account_id": campaign.owner.account_id,
        "source": MailSource.campaign(campaign.id),
        "list_id": campaign.list_id,
    }
    mine = MailToken(**{**known, "contact_id": campaign.contact_ids[place], **values})
    return bootstrap.mail_tokens().make(purpose, mine)


def fetch(path, agent=FIREFOX, method="GET", **options):
    return Api().call(method, path, headers={"User-Agent": agent}, **options)


def counts(campaign):
    return bootstrap.events().counts(campaign.owner.account_id, MailSource.campaign(campaign.id))


def contact_of(campaign, place=0):
    return bootstrap.contacts().get(campaign.owner.account_id, campaign.list_id, campaign.contact_ids[place])


def status_of(campaign, place=0):
    return contact_of(campaign, place).status


def email_of(campaign, place=0):
    return contact_of(campaign, place).email


# Opens


def test_fetching_the_pixel_counts_an_open(platform, sent):
    answer = fetch(f"/o/{token(sent, TokenPurpose.OPEN)}")
    assert (answer.status, answer.headers["content-type"], answer.headers["cache-control"]) == (
        200,
        "image/gif",
        "no-store",
    )
    assert answer.body[:6] == b"GIF89a"
    platform.drain("record-engagement")
    assert (counts(sent)["opens"], counts(sent)["unique_opens"]) == (1, 1)


@pytest.mark.parametrize(
    ("agent", "method", "person"),
    [
        (FIREFOX, "GET", 1),
        (GMAIL, "GET", 1),
        (APPLE_PRIVACY, "GET", 0),
        ("", "GET", 0),
        ("Barracuda Sentinel (EE)", "GET", 0),
        ("python-requests/2.31", "GET", 0),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "GET", 0),
    ],
)
def test_machines_are_counted_apart(platform, sent, agent, method, person):
    fetch(f"/o/{token(sent, TokenPurpose.OPEN)}", agent, method)
    platform.drain("record-engagement")
    assert (counts(sent)["opens"], counts(sent)["bot_opens"]) == (person, 1 - person)


def test_a_head_request_shows_no_pixel_and_counts_nothing(platform, sent):
    answer = fetch(f"/o/{token(sent, TokenPurpose.OPEN)}", method="HEAD")
    assert (answer.status, answer.body) == (200, "")
    platform.drain("record-engagement")
    assert counts(sent)["opens"] == 0


def test_a_random_token_gets_a_pixel_and_leaves_nothing(platform, sent):
    good = token(sent, TokenPurpose.OPEN)
    for forged in ("x", "A" * 60, good[:-1], good + "A", good[1:], token(sent, TokenPurpose.CLICK, link_id=1), "é"):
        assert fetch(f"/o/{forged}").status == 200
    assert platform.drain("record-engagement").handled == 0


def test_requests_for_one_pixel_leave_a_limited_number_of_rows(platform, sent):
    pixel = token(sent, TokenPurpose.OPEN)
    for number in range(MAX_EVENTS_PER_TOKEN + 30):
        assert fetch(f"/o/{pixel}", query={"x": "y" * 2000, "n": number}).status == 200
    assert platform.drain("record-engagement").handled <= MAX_EVENTS_PER_TOKEN
    log = list(
        LogRepository().read(
            sent.owner.account_id, MailSource.campaign(sent.id), LogQuery(types=frozenset({EventType.OPENED}))
        )
    )
    assert len(log) == MAX_OPENS == counts(sent)["opens"]
    assert counts(sent)["unique_opens"] == 1


# Clicks


def test_a_click_leads_to_the_stored_target(platform, sent):
    answer = fetch(f"/c/{token(sent, TokenPurpose.CLICK, link_id=1)}")
    assert (answer.status, answer.headers["location"], answer.headers["cache-control"]) == (302, OFFER, "no-store")
    platform.drain("record-engagement")
    assert counts(sent)["unique_clicks"] == counts(sent)["implied_opens"] == 1
    assert bootstrap.events().link_counts(sent.owner.account_id, MailSource.campaign(sent.id)) == {1: (1, 1)}


def test_a_click_leads_to_the_target_in_its_token(sent):
    target = "https://example.com/?to=person@example.com"
    assert fetch(f"/c/{token(sent, TokenPurpose.CLICK, link_id=3, target=target)}").headers["location"] == target


def test_redirect_targets_are_written_in_ascii(sent):
    bootstrap.link_table().save(sent.owner.account_id, MailSource.campaign(sent.id), {1: "https://a.example/日本?q=д"})
    answer = fetch(f"/c/{token(sent, TokenPurpose.CLICK, link_id=1)}")
    assert answer.headers["location"] == "https://a.example/%E6%97%A5%E6%9C%AC?q=%D0%B4"
    sent.owner.api.patch(f"/lists/{sent.list_id}", json={"redirections": {"after_opt_out": "https://bücher.example/ü"}})
    left = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form={**ONE_CLICK, "page": "1"})
    assert (left.status, left.headers["location"]) == (303, "https://xn--bcher-kva.example/%C3%BC")


def test_values_merged_into_a_link_are_not_logged(platform):
    """The log is kept for a year; it says which link was clicked, without the values merged into it."""
    written = "https://example.com/?to=[email]"
    content = {"subject": "News", "html": f"<p><a href='https://example.com/'>a</a> <a href='{written}'>b</a></p>"}
    campaign = make_sent_campaign(make_owner(), content=content)
    bootstrap.link_table().save(
        campaign.owner.account_id, MailSource.campaign(campaign.id), {1: "https://example.com/", 2: written}
    )
    merged = "https://example.com/?to=person@example.com"
    path = f"/c/{token(campaign, TokenPurpose.CLICK, link_id=2, target=merged)}"
    assert fetch(path).headers["location"] == merged
    platform.drain("record-engagement")
    query = LogQuery(types=frozenset({EventType.CLICKED}))
    [row] = LogRepository().read(campaign.owner.account_id, MailSource.campaign(campaign.id), query)
    assert (row.link_id, row.url) == (2, written)
    links = campaign.owner.api.get(f"/reports/campaigns/{campaign.id}/links").json["data"]
    assert [(link["link"], link["total"]) for link in links] == [("https://example.com/", 0), (written, 1)]


def test_a_started_campaign_keeps_its_links_as_they_were_written(platform):
    owner, written = make_owner(), "https://example.com/?to=[email]"
    html = f"<p><a href='https://example.com/'>a</a> <a href='{written}'>b</a></p>"
    list_id = make_list(owner)
    add_contacts(owner, list_id, "person@example.com")
    campaign_id = make_campaign(owner, list_id=list_id, content={"subject": "News", "html": html})
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain()
    assert bootstrap.link_table().all(owner.account_id, MailSource.campaign(campaign_id)) == {
        1: "https://example.com/",
        2: written,
    }


@pytest.mark.parametrize("query", ["u=https://evil.example", "url=//evil.example", "redirect=https:evil", "token=x"])
def test_the_query_does_not_change_where_a_click_leads(sent, query):
    answer = fetch(f"/c/{token(sent, TokenPurpose.CLICK, link_id=1)}", query=query)
    assert (answer.status, answer.headers["location"]) == (302, OFFER)


def test_a_token_that_was_not_made_for_a_link_leads_nowhere(platform, sent):
    other = make_sent_campaign(make_owner())
    good = token(sent, TokenPurpose.CLICK, link_id=1)
    forged = [
        good[:-1],
        good[:20],
        good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1],
        good + "=",
        token(sent, TokenPurpose.OPEN, link_id=1),
        token(sent, TokenPurpose.CLICK, link_id=2),  # javascript: in the table
        token(sent, TokenPurpose.CLICK, link_id=9),
        token(other, TokenPurpose.CLICK, link_id=9),
        token(sent, TokenPurpose.CLICK, link_id=3, target="javascript:alert(1)"),
        token(sent, TokenPurpose.CLICK, link_id=3, target="//evil.example"),
        token(sent, TokenPurpose.CLICK, link_id=3, target="https:evil.example"),
        token(sent, TokenPurpose.CLICK, link_id=3, target="https://a.example\r\nSet-Cookie: a=b"),
        "https://evil.example",
    ]
    for text in forged:
        answer = fetch(f"/c/{text}")
        assert answer.status == 404, text
        assert "location" not in answer.headers
        assert "evil" not in answer.text
        assert "<script" not in answer.text
    assert platform.drain("record-engagement").handled == 0


def test_a_head_request_on_a_link_is_a_machines_click(platform, sent):
    answer = fetch(f"/c/{token(sent, TokenPurpose.CLICK, link_id=1)}", method="HEAD")
    assert (answer.status, answer.headers["location"]) == (302, OFFER)
    platform.drain("record-engagement")
    assert (counts(sent)["clicks"], counts(sent)["bot_clicks"]) == (0, 1)


def test_a_click_leads_to_the_target_stored_at_the_start_and_never_to_the_present_content():
    other = make_sent_campaign(make_owner())
    assert fetch(f"/c/{token(other, TokenPurpose.CLICK, link_id=1)}").status == 404


# Unsubscribing

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_the_unsubscribe_page_changes_nothing(platform, sent):
    for _ in range(2):
        answer = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}")
    assert answer.status == 200
    assert '<form method="post">' in answer.text
    assert "<script" not in answer.text
    assert answer.cookies == []
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "example.com" not in answer.text, "no address on the page"
    assert status_of(sent) == Status.ACTIVE
    assert platform.drain("record-engagement").handled == 0


@pytest.mark.parametrize("language", ["en", "de", "fr_CA", "pt_BR", "zu"])
def test_the_page_is_in_the_language_of_the_list(sent, language):
    sent.owner.api.patch(f"/lists/{sent.list_id}", json={"language": language, "name": '<img src=x onerror="a">'})
    answer = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}")
    spoken = {"fr_CA": "fr", "pt_BR": "pt", "zu": "en"}.get(language, language)
    assert f'<html lang="{spoken}">' in answer.text
    assert "<img" not in answer.text
    assert "&lt;img" in answer.text


def test_one_click_unsubscribes_at_once(platform, sent):
    """RFC 8058: no cookie, no login, no redirect."""
    answer = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK)
    assert answer.status == 200
    assert "location" not in answer.headers
    assert status_of(sent) == Status.UNSUBSCRIBED
    fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK)
    platform.drain("record-engagement")
    assert counts(sent)["unsubscribed"] == 1
    assert status_of(sent, 1) == Status.ACTIVE


def test_one_click_may_be_a_multipart_form(sent):
    body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    answer = Api().post(
        f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}",
        body=body.encode(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert (answer.status, status_of(sent)) == (200, Status.UNSUBSCRIBED)


def test_the_pages_form_unsubscribes_and_says_so(sent):
    page = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}").text
    form = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', page))
    answer = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=form)
    assert (answer.status, status_of(sent)) == (200, Status.UNSUBSCRIBED)
    assert headings(answer) == ["You have been unsubscribed."]


def test_the_form_of_the_page_redirects_to_the_lists_target(sent):
    sent.owner.api.patch(f"/lists/{sent.list_id}", json={"redirections": {"after_opt_out": "https://example.org/bye"}})
    form = {**ONE_CLICK, "page": "1"}
    answer = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=form)
    assert (answer.status, answer.headers["location"]) == (303, "https://example.org/bye")


@pytest.mark.parametrize("form", [{}, {"List-Unsubscribe": "No"}, {"list": "x"}, {"a": "b" * 10_000, **ONE_CLICK}])
def test_a_post_without_the_one_click_field_changes_nothing(sent, form):
    answer = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=form)
    assert answer.status == 400
    assert answer.body == fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}").body, "asked once more"
    assert status_of(sent) == Status.ACTIVE


def test_a_token_acts_for_its_contact_and_purpose_only(sent):
    good = token(sent, TokenPurpose.UNSUBSCRIBE)
    others = [good[:-1] + ("A" if good[-1] != "A" else "B"), good[:-3], token(sent, TokenPurpose.OPEN), "x"]
    for text in [*others, token(sent, TokenPurpose.GLOBAL_UNSUBSCRIBE)]:
        assert fetch(f"/u/{text}", method="POST", form=ONE_CLICK).status == 404
        assert fetch(f"/u/{text}").status == 404
    assert [status_of(sent, place) for place in range(3)] == [Status.ACTIVE] * 3


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-CH,de;q=0.9,en;q=0.8", "de"), ("fr", "fr"), ("*", "en"), ("<script>", "en"), (None, "en")],
)
def test_the_page_for_an_invalid_link_is_in_the_language_of_the_browser(platform, accepted, language):
    headers = {} if accepted is None else {"Accept-Language": accepted}
    for path in ("/u/x", "/c/x", "/v/x", "/p/x", "/confirm/x", "/subscribe/x"):
        answer = Api().get(path, headers=headers)
        assert (answer.status, re.findall('<html lang="([^"]*)"', answer.text)) == (404, [language]), path
    answer = Api().get("/confirm-sender/x", headers=headers)
    assert (answer.status, re.findall('<html lang="([^"]*)"', answer.text)) == (410, [language])


def test_a_link_of_a_deleted_contact_gets_the_same_answers(sent):
    here, gone = token(sent, TokenPurpose.UNSUBSCRIBE, 0), token(sent, TokenPurpose.UNSUBSCRIBE, 1)
    bootstrap.contacts().delete(sent.owner.account_id, sent.list_id, sent.contact_ids[1])
    assert fetch(f"/u/{here}").body == fetch(f"/u/{gone}").body
    first = fetch(f"/u/{here}", method="POST", form=ONE_CLICK)
    second = fetch(f"/u/{gone}", method="POST", form=ONE_CLICK)
    assert (first.status, first.body, first.headers) == (second.status, second.body, second.headers)
    unknown = fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE, contact_id=5)}", method="POST", form=ONE_CLICK)
    assert unknown.status == 404, "nobody was unsubscribed"


def test_a_link_ends_all_mail_of_the_account_if_its_list_is_deleted_meanwhile(sent, monkeypatch):
    email, real = email_of(sent), ContactService.unsubscribe

    def unsubscribe(self, *args, **options):
        sent.owner.api.delete(f"/lists/{sent.list_id}")
        return real(self, *args, **options)

    monkeypatch.setattr(ContactService, "unsubscribe", unsubscribe)
    assert fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK).status == 200
    assert bootstrap.suppressions().blocks_sending(sent.owner.account_id, email)


@pytest.mark.parametrize("emptied", [False, True], ids=["being deleted", "gone"])
@pytest.mark.parametrize("link", ["one-click", "everything", "preferences"])
def test_a_link_of_a_deleted_list_ends_all_mail_of_the_account(platform, sent, link, emptied):
    """The people of the list may be on another one now, and the link knows no other than its own."""
    owner, contact = sent.owner, contact_of(sent)
    other = make_list(owner)
    moved = owner.api.post(f"/lists/{other}/contacts", json={"email": contact.email}).json["id"]
    assert owner.api.delete(f"/lists/{sent.list_id}").status == 200
    if emptied:
        platform.drain("run-tasks")
    if link == "preferences":
        path = f"/p/{token(sent, TokenPurpose.PREFERENCES)}"
        assert 'value="leave_all"' in Api().get(path).text
        assert Api().post(path, form={"action": "leave_all"}).status == 200
    elif link == "everything":
        assert fetch(f"/g/{token(sent, TokenPurpose.GLOBAL_UNSUBSCRIBE)}", method="POST", form=ONE_CLICK).status == 200
    else:
        path = f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}"
        assert "all emails from this sender" in fetch(path).text
        assert fetch(path, method="POST", form=ONE_CLICK).status == 200
    [entry] = bootstrap.suppressions().among(owner.account_id, [contact.email])
    assert entry.source == "global_unsubscribe"
    assert not bootstrap.contacts().get(owner.account_id, other, moved).is_mailable


def test_links_of_a_deleted_list_are_refused_when_the_address_is_unknown(platform, sent):
    email = email_of(sent)
    sent.owner.api.delete(f"/lists/{sent.list_id}")
    platform.drain("run-tasks")
    bootstrap.privacy().erase(sent.owner.account_id, email)
    for purpose, path in (
        (TokenPurpose.UNSUBSCRIBE, "u"),
        (TokenPurpose.GLOBAL_UNSUBSCRIBE, "g"),
        (TokenPurpose.SUBSCRIBE, "s"),
    ):
        assert Api().post(f"/{path}/{token(sent, purpose)}", form=ONE_CLICK).status == 404
    preferences = f"/p/{token(sent, TokenPurpose.PREFERENCES)}"
    assert (Api().get(preferences).status, Api().post(preferences, form={"action": "leave_all"}).status) == (404, 404)


def delete_over_http(campaign, contact):
    assert campaign.owner.api.delete(f"/lists/{campaign.list_id}/contacts/{contact.id}").status == 200


def delete_by_import(campaign, contact):
    body = {"contacts": [{"email": contact.email}], "import_to": "deleted"}
    assert campaign.owner.api.post(f"/lists/{campaign.list_id}/import-contacts", json=body).status == 201


def import_again(campaign, contact):
    body = {"contacts": [{"email": contact.email.upper()}]}
    answer = campaign.owner.api.post(f"/lists/{campaign.list_id}/import-contacts", json=body)
    assert answer.status == 201
    assert answer.json["id"] != [contact.id]


def now_on_the_list(campaign, contact):
    return bootstrap.contacts().find(campaign.owner.account_id, campaign.list_id, contact.email)


@pytest.mark.parametrize("delete", [delete_over_http, delete_by_import])
def test_a_link_of_a_deleted_contact_unsubscribes_the_present_contact_with_the_address(platform, sent, delete):
    """Systems that synchronise a list delete contacts and import them again."""
    contact = contact_of(sent)
    for _ in range(2):
        delete(sent, now_on_the_list(sent, contact))
        platform.drain()
        import_again(sent, contact)
        platform.drain()
    assert fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK).status == 200
    assert now_on_the_list(sent, contact).status == Status.UNSUBSCRIBED
    assert status_of(sent, 1) == Status.ACTIVE
    assert bootstrap.suppressions().among(sent.owner.account_id, [contact.email]) == []
    platform.drain("record-engagement")
    assert counts(sent)["unsubscribed"] == 1


def test_such_a_link_unsubscribes_a_contact_that_an_import_is_still_writing(platform, sent):
    contact = contact_of(sent)
    delete_over_http(sent, contact)
    import_again(sent, contact)
    fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK)
    platform.drain()
    assert now_on_the_list(sent, contact).status == Status.UNSUBSCRIBED


@pytest.mark.parametrize("again", [True, False])
def test_such_a_link_suppresses_the_address_on_the_list_or_not(platform, sent, again):
    contact = contact_of(sent)
    delete_over_http(sent, contact)
    if again:
        import_again(sent, contact)
        platform.drain()
    assert fetch(f"/g/{token(sent, TokenPurpose.GLOBAL_UNSUBSCRIBE)}", method="POST", form=ONE_CLICK).status == 200
    [entry] = bootstrap.suppressions().among(sent.owner.account_id, [contact.email])
    assert entry.source == SuppressionSource.GLOBAL_UNSUBSCRIBE
    if not again:
        import_again(sent, contact)
        platform.drain()
    assert now_on_the_list(sent, contact).suppressed


def test_a_link_of_a_deleted_contact_unsubscribes_no_contact_of_other_lists_and_accounts(platform, sent):
    contact = contact_of(sent)
    delete_over_http(sent, contact)
    other_list = make_list(sent.owner)
    elsewhere = bootstrap.contacts().upserts.create(sent.owner.account_id, other_list, email=contact.email)
    stranger = make_sent_campaign(make_owner(), contacts=1)
    theirs = bootstrap.contacts().upserts.create(stranger.owner.account_id, stranger.list_id, email=contact.email)
    fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK)
    for other in (elsewhere, theirs):
        assert bootstrap.contacts().get(other.account_id, other.list_id, other.id).status == Status.ACTIVE


def test_unsubscribing_from_everything_suppresses_the_address(platform, sent):
    contact = bootstrap.contacts().get(sent.owner.account_id, sent.list_id, sent.contact_ids[0])
    everything = token(sent, TokenPurpose.GLOBAL_UNSUBSCRIBE)
    assert fetch(f"/g/{everything}").status == 200
    assert bootstrap.suppressions().among(sent.owner.account_id, [contact.email]) == []
    assert fetch(f"/g/{everything}", method="POST", form=ONE_CLICK).status == 200
    (entry,) = bootstrap.suppressions().among(sent.owner.account_id, [contact.email])
    assert entry.source == SuppressionSource.GLOBAL_UNSUBSCRIBE
    assert status_of(sent) == Status.UNSUBSCRIBED
    platform.drain("record-engagement")
    assert counts(sent)["unsubscribed_from_account"] == 1


def test_a_recipient_who_unsubscribes_from_list_and_account_counts_once(platform):
    campaign = make_sent_campaign(make_owner(), contacts=2)
    platform.clock.move(timedelta(hours=5))
    fetch(f"/u/{token(campaign, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK)
    for place in (0, 1):
        fetch(f"/g/{token(campaign, TokenPurpose.GLOBAL_UNSUBSCRIBE, place)}", method="POST", form=ONE_CLICK)
    platform.drain("record-engagement")
    report = campaign.owner.api.get(f"/reports/campaigns/{campaign.id}").json["data"]
    assert (report["unsubscribes"], report["unsubscribe_rate"]) == (2, 1.0)


def test_a_person_can_subscribe_again_by_the_link_of_a_new_mail(platform, sent):
    """A person to whom the old mail was forwarded has its links too, and must not subscribe its recipient."""
    fetch(f"/u/{token(sent, TokenPurpose.UNSUBSCRIBE)}", method="POST", form=ONE_CLICK)
    back = f"/s/{token(sent, TokenPurpose.SUBSCRIBE)}"
    assert fetch(back).status == 200
    assert mails_to(platform, email_of(sent)) == []
    assert headings(fetch(back, method="POST", form=ONE_CLICK)) == ["Check your inbox"]
    assert status_of(sent) == Status.UNSUBSCRIBED
    [mail] = mails_to(platform, email_of(sent))
    assert Api().post(confirmation_path(mail)).status == 200
    assert status_of(sent) == Status.ACTIVE
    assert headings(fetch(back, method="POST", form=ONE_CLICK)) == ["You are subscribed."]
    assert len(mails_to(platform, email_of(sent))) == 1, "who is subscribed is not asked"


def test_no_old_link_reactivates_an_invalid_or_suppressed_contact(platform, sent):
    contacts, here = bootstrap.contacts(), (sent.owner.account_id, sent.list_id)
    contacts.mark_bounced(*here, sent.contact_ids[0], kind="hard", hard=True, event_id="bounce")
    fetch(f"/g/{token(sent, TokenPurpose.GLOBAL_UNSUBSCRIBE, 1)}", method="POST", form=ONE_CLICK)
    for place, left in ((0, Status.INVALID), (1, Status.UNSUBSCRIBED)):
        answer = fetch(f"/s/{token(sent, TokenPurpose.SUBSCRIBE, place)}", method="POST", form=ONE_CLICK)
        assert headings(answer) == ["Check your inbox"]
        assert (status_of(sent, place), mails_to(platform, email_of(sent, place))) == (left, [])


# Looking at the mail


def test_the_web_view_is_merged_for_the_contact_and_runs_no_script(platform, sent):
    contact = bootstrap.contacts().get(sent.owner.account_id, sent.list_id, sent.contact_ids[0])
    answer = fetch(f"/v/{token(sent, TokenPurpose.VIEW)}")
    assert answer.status == 200, answer.text
    assert f"For {contact.email}" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "/o/" not in answer.text, "looking is not opening"
    platform.drain("record-engagement")
    assert (counts(sent)["viewed"], counts(sent)["opens"]) == (1, 0)
    assert fetch(f"/v/{token(sent, TokenPurpose.OPEN)}").status == 404


def test_the_web_view_has_the_dates_of_the_sending(platform):
    html = "<p>[DATE|0|Y-m-d H:i] [DATE|86400|Y-m-d] <a href='[UNSUBSCRIBE]'>u</a> [CLIENTS.ADDRESS]</p>"
    campaign = make_sent_campaign(make_owner(), contacts=1, content={"subject": "News", "html": html})
    platform.clock.move(timedelta(days=40))
    assert "<p>2026-03-02 11:00 2026-03-03 " in fetch(f"/v/{token(campaign, TokenPurpose.VIEW)}").text


def test_the_web_view_evaluates_conditions_on_opens(platform):
    html = "<p>[IF MAILING(1) IS NOT OPENED]Did not open[ENDIF] <a href='[UNSUBSCRIBE]'>u</a> [CLIENTS.ADDRESS]</p>"
    campaign = make_sent_campaign(make_owner(), contacts=1, content={"subject": "News", "html": html})
    answer = fetch(f"/v/{token(campaign, TokenPurpose.VIEW)}")
    assert (answer.status, "Did not open" in answer.text) == (200, True)


def test_an_event_that_cannot_be_enqueued_emits_an_alarm_and_the_link_still_redirects(
    platform, sent, monkeypatch, capsys
):
    def refused(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(SqsQueue, "send", refused)
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED")
    answer = fetch(f"/c/{token(sent, TokenPurpose.CLICK, link_id=1)}")
    assert (answer.status, answer.headers["location"]) == (302, OFFER)
    published = [
        line for line in capsys.readouterr().out.splitlines() if f'"{AlarmMetric.TRACKING_EVENTS_LOST}"' in line
    ]
    assert [json.loads(line)["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in published] == ["Postrider"]


def test_a_link_checker_gets_no_page_and_counts_nothing(platform):
    campaign = make_sent_campaign(make_owner(), contacts=1)
    for purpose, door in ((TokenPurpose.VIEW, "v"), (TokenPurpose.UNSUBSCRIBE, "u"), (TokenPurpose.FORWARD, "f")):
        answer = fetch(f"/{door}/{token(campaign, purpose)}", method="HEAD")
        assert (answer.status, answer.body) == (200, ""), door
        assert fetch(f"/{door}/x", method="HEAD").status == 404
    platform.drain("record-engagement")
    assert (counts(campaign)["viewed"], counts(campaign)["forwarded"]) == (0, 0)
    assert status_of(campaign) == Status.ACTIVE


def test_the_shared_mail_contains_no_data_of_the_recipient(platform, sent):
    answer = fetch(f"/f/{token(sent, TokenPurpose.FORWARD)}")
    assert answer.status == 200
    (shared,) = set(re.findall(r"(?:%2Fv%2F|/v/)([\w-]+)", answer.text))
    shown = fetch(f"/v/{shared}")
    assert shown.status == 200
    assert "For a friend" in shown.text


@pytest.mark.parametrize(("agent", "forwards"), [(FIREFOX, 1), ("Barracuda Sentinel (EE)", 0)])
def test_forwards_by_persons_are_counted_and_forwards_by_scanners_are_not(platform, agent, forwards):
    campaign = make_sent_campaign(make_owner(), contacts=1)
    platform.clock.move(timedelta(hours=5))
    fetch(f"/f/{token(campaign, TokenPurpose.FORWARD)}", agent)
    platform.drain("record-engagement")
    report = campaign.owner.api.get(f"/reports/campaigns/{campaign.id}").json["data"]
    log = campaign.owner.api.get(f"/logs/campaigns/{campaign.id}", query={"filter": "type==forward"}).json["data"]
    assert (report["forwards"], len(log)) == (forwards, forwards)


def test_pages_contain_nothing_of_the_request(sent):
    nasty = '<script>alert("x")</script>'
    for path in ("/u/", "/c/", "/v/", "/g/", "/s/", "/f/"):
        answer = Api().get(
            path + "%3Cscript%3Ealert", query={"x": nasty}, headers={"User-Agent": nasty, "Referer": nasty}
        )
        assert answer.status == 404
        assert "script" not in answer.text


def test_the_page_for_an_invalid_link_says_so():
    assert headings(fetch("/u/none")) == ["This link is not valid."]


def test_the_web_view_of_a_text_mail_fits_into_a_narrow_window():
    content = {"subject": "Short", "text": "Only text. " * 40}
    campaign = make_sent_campaign(make_owner(), contacts=1, content=content)
    shown = fetch(f"/v/{token(campaign, TokenPurpose.VIEW)}")
    assert (shown.status, "Only text." in shown.text) == (200, True)
    assert 'name="viewport" content="width=device-width' in shown.text
    assert "white-space:pre-wrap" in shown.text


def headings(answer):
    return re.findall(r"<h1>(.*?)</h1>", answer.text)
