"""Reports of campaigns, of their links and of lists."""

import pytest

from postrider import bootstrap
from postrider.kit.errors import NotFound
from postrider.mail_events.model import EventType
from postrider.mail_events.rules import link_id_of
from postrider.mail_events.source import MailSource, SourceKind
from postrider.reports.service import ReportService
from postrider.reports.sources import ReportedSources
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import NOON_MS, event, make_recipients, make_sent_campaign

OFFER = "https://example.com/offer"


@pytest.fixture
def sent(platform):
    """Ten planned, one of unknown fate. Opened: 0 (twice), 1. Clicked: 0, 2. Bounced: 3, 4. Complained: 5. Left: 6, 7."""
    campaign = make_sent_campaign(make_owner(), contacts=10, unknown=1)
    bootstrap.link_table().save(
        campaign.owner.account_id, MailSource.campaign(campaign.id), {1: OFFER, 2: "https://example.com/b"}
    )
    for place in (0, 0, 1):
        campaign.did(EventType.OPENED, place)
    campaign.did(EventType.OPENED, 8, is_bot=True)
    for place in (0, 0, 2):
        campaign.did(EventType.CLICKED, place, link_id=1, url=OFFER, at_ms=NOON_MS + place * 1000)
    campaign.did(EventType.CLICKED, 8, link_id=2, is_bot=True)
    campaign.did(EventType.BOUNCED_HARD, 3)
    campaign.did(EventType.BOUNCED_MAILBOX_FULL, 4)
    campaign.did(EventType.BOUNCED_AUTO_REPLY, 0)
    campaign.did(EventType.COMPLAINED, 5)
    campaign.did(EventType.UNSUBSCRIBED, 6)
    campaign.did(EventType.UNSUBSCRIBED_FROM_ACCOUNT, 7)
    return campaign


def test_the_report_of_a_campaign(sent):
    answer = sent.owner.api.get(f"/reports/campaigns/{sent.id}")
    assert answer.status == 200, answer.text
    assert answer.json["data"] == {
        "active_emails": 10,
        "sent_emails": 9,
        "sent_rate": 0.9,
        "opens": 3,
        "unique_opens": 2,
        "implied_opens": 1,
        "open_rate": pytest.approx(3 / 9),
        "unopens": 6,
        "unopen_rate": pytest.approx(6 / 9),
        "clicks": 3,
        "unique_clicks": 2,
        "click_rate": pytest.approx(2 / 9),
        "clickthru_rate": pytest.approx(2 / 3),
        "bounces": 2,
        "bounce_rate": pytest.approx(2 / 9),
        "bounces_address_changed": 0,
        "bounces_challenge_response": 0,
        "bounces_dns_failure": 0,
        "bounces_full_mailbox": 1,
        "bounces_hard": 1,
        "bounces_mail_blocked": 0,
        "bounces_soft": 0,
        "bounces_transient": 0,
        "forwards": 0,
        "spams": 1,
        "spam_rate": pytest.approx(1 / 9),
        "unsubscribes": 2,
        "unsubscribe_rate": pytest.approx(2 / 9),
    }


def test_a_campaign_that_was_not_sent_has_a_report_of_zeros(platform):
    from tests.testing.factories.campaigns import make_campaign

    owner = make_owner()
    data = owner.api.get(f"/reports/campaigns/{make_campaign(owner)}").json["data"]
    assert set(data.values()) == {0}


def test_the_report_of_links_includes_links_without_clicks(sent):
    answer = sent.owner.api.get(f"/reports/campaigns/{sent.id}/links", query={"with_count": "1"})
    assert answer.status == 200, answer.text
    first, second = answer.json["data"]
    assert first == {
        "id": link_id_of(sent.id, 1),
        "link": OFFER,
        "unique": 2,
        "total": 3,
        "unique_rate": pytest.approx(2 / 9),
        "total_rate": pytest.approx(3 / 9),
    }
    assert (second["unique"], second["total"]) == (0, 0)
    assert answer.json["pagination"] == {"count": 2, "page": 1, "per_page": 50}


def test_links_are_sorted_and_paged_to_the_end(sent):
    def links(**query):
        answer = sent.owner.api.get(f"/reports/campaigns/{sent.id}/links", query=query)
        assert answer.status == 200, answer.text
        return [link["link"] for link in answer.json["data"]]

    assert links(sort="unique") == ["https://example.com/b", OFFER]
    assert links(sort="-total") == [OFFER, "https://example.com/b"]
    assert links(sort="link", per_page=1, page=2) == [OFFER]
    assert links(per_page=1, page=3) == []


def test_the_report_of_links_counts_the_clicks_of_a_period(sent):
    noon = NOON_MS // 1000
    answer = sent.owner.api.get(
        f"/reports/campaigns/{sent.id}/links", query={"start_time": noon + 1, "end_time": noon + 5}
    )
    assert [(link["total"], link["unique"]) for link in answer.json["data"]] == [(1, 1), (0, 0)]


def test_the_report_of_a_list_counts_contacts_and_all_its_campaigns(sent):
    bootstrap.contacts().unsubscribe(sent.owner.account_id, sent.list_id, sent.contact_ids[6])
    answer = sent.owner.api.get(f"/reports/lists/{sent.list_id}")
    assert answer.status == 200, answer.text
    assert answer.json["data"] == {
        "active_contacts": 9,
        "pending_contacts": 0,
        "invalid_contacts": 0,
        "unsubscribed_contacts": 1,
        "flagged_contacts": 0,
        "deleted_contacts": 0,
        "mailable_contacts": 9,
        "sent_emails": 9,
        "open_rate": pytest.approx(3 / 9),
        "bounce_rate": pytest.approx(2 / 9),
        "click_rate": pytest.approx(2 / 9),
        "clickthru_rate": pytest.approx(2 / 3),
        "unsubscribe_rate": pytest.approx(2 / 9),
        "spam_rate": pytest.approx(1 / 9),
    }


def test_another_account_sees_nothing(sent):
    stranger = make_owner()
    for path in (f"campaigns/{sent.id}", f"campaigns/{sent.id}/links", f"lists/{sent.list_id}"):
        assert stranger.api.get(f"/reports/{path}").status == 400


@pytest.mark.parametrize("path", ["campaigns/0", "campaigns/x", "campaigns/0/links", "lists/0", "lists/x"])
def test_a_malformed_id_is_refused(platform, path):
    assert make_owner().api.get(f"/reports/{path}").status == 422


@pytest.mark.parametrize("path", ["campaigns/987654321", "campaigns/987654321/links", "lists/987654321"])
def test_an_unknown_id_is_refused(platform, path):
    assert make_owner().api.get(f"/reports/{path}").status == 400


@pytest.mark.parametrize(
    ("query", "status"), [({"sort": "colour"}, 400), ({"per_page": 1001}, 422), ({"page": 0}, 422)]
)
def test_an_invalid_query_is_refused(sent, query, status):
    assert sent.owner.api.get(f"/reports/campaigns/{sent.id}/links", query=query).status == status


class ActionState:
    """The state of an action of a workflow, without a run of its own."""

    def __init__(self, account_id, source, run_id):
        self.account_id, self.source, self.run_id = account_id, source, run_id


class Actions:
    def get(self, account_id, source):
        if source.kind != SourceKind.WORKFLOW_ACTION:
            raise NotFound("Unknown action.")
        return ActionState(account_id, source, None)


def test_reports_are_made_of_any_source_of_mail(sent):
    """A workflow action with the number of a campaign has links, clicks and counters of its own."""
    account_id, campaign = sent.owner.account_id, MailSource.campaign(sent.id)
    action = MailSource(SourceKind.WORKFLOW_ACTION, sent.id)
    make_recipients(action, sent.contact_ids[:2], account_id=account_id)
    bootstrap.link_table().save(account_id, action, {1: "https://example.com/action"})
    for place in (0, 1):
        assert (
            bootstrap.events().record(
                [event(EventType.CLICKED, sent.contact_ids[place], source=action, account_id=account_id, link_id=1)]
            )
            == []
        )
    parts = (
        bootstrap.workflows(),
        bootstrap.lists(),
        bootstrap.contacts(),
        bootstrap.delivery(),
        bootstrap.link_table(),
    )
    reports = ReportService(bootstrap.events(), ReportedSources(Actions(), bootstrap.campaigns()), *parts)
    assert reports.mail_report(account_id, action).unique_clicks == 2
    (link,) = reports.link_reports(account_id, action)
    assert (link.target, link.unique, link.total) == ("https://example.com/action", 2, 2)
    with pytest.raises(NotFound):
        reports.mail_report(account_id, campaign)
    assert bootstrap.reports().mail_report(account_id, campaign).clicks == 3
    with pytest.raises(NotFound, match="Unknown action"):
        bootstrap.reports().mail_report(account_id, action)
