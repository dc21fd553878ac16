"""Reports of accounts and periods, series and breakdowns."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.workers.send_campaign.handler import lambda_handler as send_campaign
from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.delivery.messages import PLAN_QUEUE, SEND_QUEUE, START_QUEUE
from postrider.delivery.rules import CHUNK_SIZE
from postrider.events.model import EventType
from postrider.kit.clock import from_unix, unix
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.activity import SentCampaign, close_open_runs
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden
from tests.testing.standin import lambda_context, sqs_event

HOUR_MS = 3_600_000


@pytest.fixture
def mailer(platform: Platform) -> Iterator[MemoryMailer]:
    platform.aws.purge()
    close_open_runs()
    given = MemoryMailer(platform.clock, rate=1000)
    with overridden(mailer=given):
        yield given


def send(platform: Platform, owner: Owner, campaign_id: int) -> None:
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain(START_QUEUE, PLAN_QUEUE, SEND_QUEUE)


def data_of(owner: Owner, path: str, **query: Any) -> Any:
    answer = owner.api.get(f"/reports/{path}", query=query)
    assert answer.status == 200, answer.text
    return answer.json["data"]


@pytest.fixture
def sent(platform: Platform, mailer: MemoryMailer) -> SentCampaign:
    """A campaign that has just been sent to four people, two of them at Gmail."""
    owner = make_owner()
    list_id = make_list(owner)
    mark = f"{owner.account_id}.{list_id}"
    emails = [f"{mark}.a@gmail.com", f"{mark}.b@gmail.com", f"{mark}.c@company.example", f"{mark}.d@outlook.com"]
    ids = add_contacts(owner, list_id, *emails)
    campaign_id = make_campaign(owner, list_id=list_id)
    send(platform, owner, campaign_id)
    return SentCampaign(owner, list_id, campaign_id, ids)


def act(platform: Platform, sent: SentCampaign) -> int:
    """People and machines react; return the moment in Unix milliseconds."""
    now_ms = unix(platform.clock()) * 1000
    sent.did(EventType.OPENED, 0, at_ms=now_ms + 5000, device="mobile", client="apple_mail")
    sent.did(EventType.OPENED, 0, at_ms=now_ms + 6000, device="pc", client="outlook")
    sent.did(EventType.OPENED, 1, at_ms=now_ms + HOUR_MS, is_bot=True)
    sent.did(EventType.CLICKED, 1, at_ms=now_ms + HOUR_MS, link_id=1, device="mobile", client="safari")
    sent.did(EventType.BOUNCED_HARD, 2, at_ms=now_ms + 1000)
    sent.did(EventType.BOUNCED_MAILBOX_FULL, 3, at_ms=now_ms + 1000)
    sent.did(EventType.COMPLAINED, 1, at_ms=now_ms + 50 * HOUR_MS)
    sent.did(EventType.UNSUBSCRIBED, 1, at_ms=now_ms + 50 * HOUR_MS)
    return now_ms


def test_the_report_of_an_account_covers_its_current_month(platform: Platform, sent: SentCampaign) -> None:
    starts_on = {"starts_on": unix(platform.clock())}
    bootstrap.accounts().change(sent.owner.account_id, {"usage_limits": starts_on})
    act(platform, sent)
    platform.clock.move(timedelta(hours=51))
    data = data_of(sent.owner, "accounts/self")
    own = {key: data.pop(key) for key in ("emails_usage", "contacts_usage")}
    assert own == {"emails_usage": 0, "contacts_usage": 0}, "the account has no limits"
    assert data == {
        "active_contacts": 4,
        "sent_emails": 4,
        "sent_campaign_emails": 4,
        "sent_action_emails": 0,
        "sent_email_emails": 0,
        "open_rate": 0.5,
        "bounce_rate": 0.5,
        "click_rate": 0.25,
        "spam_rate": 0.25,
        "unsubscribe_rate": 0.25,
        "bounces_hard": 1,
        "bounce_hard_rate": 0.25,
        "spams": 1,
        "current_lists": 1,
    }


def test_the_report_of_an_account_is_taken_to_the_hour(platform: Platform, sent: SentCampaign) -> None:
    moment = act(platform, sent) // 1000
    platform.clock.move(timedelta(hours=51))
    assert data_of(sent.owner, "accounts/self", start_time=moment, end_time=moment)["sent_emails"] == 4
    later = data_of(sent.owner, "accounts/self", start_time=moment + 3600)
    assert (later["sent_emails"], later["spams"], later["click_rate"]) == (0, 1, 0)
    assert data_of(sent.owner, "accounts/self", end_time=moment + 7200)["spams"] == 0
    assert data_of(sent.owner, "accounts/self", start_time=1)["spams"] == 1, "the account is not that old"


def test_mails_count_in_the_report_while_they_are_being_sent(platform: Platform, mailer: MemoryMailer) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    body = {"contacts": [{"email": f"{number}.{list_id}@example.com"} for number in range(CHUNK_SIZE + 5)]}
    assert owner.api.post(f"/lists/{list_id}/import-contacts", json=body).status in (200, 201)
    platform.drain()
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain(START_QUEUE, PLAN_QUEUE)
    chunks = platform.aws.messages(SEND_QUEUE)
    assert len(chunks) == 2
    assert data_of(owner, "accounts/self")["sent_emails"] == 0
    for number, sent in ((0, CHUNK_SIZE), (1, CHUNK_SIZE + 5)):
        send_campaign(sqs_event(SEND_QUEUE, [chunks[number]]), lambda_context(SEND_QUEUE))
        assert data_of(owner, "accounts/self")["sent_emails"] == sent


def test_usage_is_the_used_share_of_the_limits(platform: Platform, sent: SentCampaign) -> None:
    limits = {"per_month": 16, "maximum_contacts": 5}
    bootstrap.accounts().change(sent.owner.account_id, {"usage_limits": limits})
    data = data_of(sent.owner, "accounts/self")
    assert (data["emails_usage"], data["contacts_usage"]) == (0.25, 0.8)


def test_a_partner_reads_the_report_of_an_account_below(platform: Platform) -> None:
    partner = make_owner()
    below, stranger = make_owner(parent=partner), make_owner()
    make_list(below)
    assert data_of(partner, f"accounts/{below.account_id}")["current_lists"] == 1
    assert data_of(below, f"accounts/{below.account_id}")["current_lists"] == 1
    for owner in (below, stranger):
        answer = owner.api.get(f"/reports/accounts/{partner.account_id}")
        assert (answer.status, answer.json["detail"][0]["code"]) == (400, 8004)


def test_counters_that_have_expired_are_refused(platform: Platform) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    long_ago = unix(platform.clock() - timedelta(days=401))
    assert owner.api.get(f"/reports/lists/{list_id}/series", query={"start_time": long_ago}).status == 400


def test_the_series_of_a_campaign_is_hourly_and_then_daily(platform: Platform, sent: SentCampaign) -> None:
    moment = act(platform, sent) // 1000
    platform.clock.move(timedelta(hours=73))
    steps = data_of(sent.owner, f"campaigns/{sent.id}/series")
    first = moment // 3600 * 3600
    assert [step["hours"] for step in steps] == [1] * 48 + [24] * 2
    assert [step["start_time"] for step in steps] == [first + 3600 * hour for hour in (*range(49), 72)]
    named = ("sent_emails", "opens", "unique_opens", "bounces", "bounces_hard")
    assert [steps[0][name] for name in named] == [4, 2, 1, 2, 1]
    second = ("clicks", "unique_clicks", "unique_opens", "machine_opens")
    assert [steps[1][name] for name in second] == [1, 1, 1, 1]
    assert (steps[48]["spams"], steps[48]["unsubscribes"]) == (1, 1)
    assert sum(step["sent_emails"] for step in steps) == 4


def test_a_campaign_that_was_not_sent_has_no_series(platform: Platform) -> None:
    owner = make_owner()
    assert data_of(owner, f"campaigns/{make_campaign(owner)}/series") == []


def test_the_series_of_a_campaign_ends(platform: Platform, sent: SentCampaign) -> None:
    platform.clock.move(timedelta(days=200))
    assert len(data_of(sent.owner, f"campaigns/{sent.id}/series")) == 48 + 90


def test_a_campaign_is_broken_down(platform: Platform, sent: SentCampaign) -> None:
    act(platform, sent)

    def parts(by: str, *names: str) -> list[tuple[Any, ...]]:
        rows = data_of(sent.owner, f"campaigns/{sent.id}/breakdown", by=by)
        return [tuple(row[name] for name in ("value", *names)) for row in rows]

    assert parts("device", "opens", "unique_opens", "clicks", "sent_emails") == [
        ("mobile", 1, 1, 1, None),
        ("pc", 1, 0, 0, None),
    ]
    assert sorted(parts("client", "opens", "clicks")) == [("apple_mail", 1, 0), ("outlook", 1, 0), ("safari", 0, 1)]
    assert parts("domain", "sent_emails", "unique_opens", "bounces", "spams", "unsubscribes") == [
        ("gmail.com", 2, 2, 0, 1, 1),
        ("outlook.com", 1, 0, 1, 0, 0),
        ("other", 1, 0, 1, 0, 0),
    ]
    assert sorted(parts("bounce", "bounces")) == [("bounces_full_mailbox", 1), ("bounces_hard", 1)]
    assert sent.owner.api.get(f"/reports/campaigns/{sent.id}/breakdown", query={"by": "colour"}).status == 422


def test_the_series_of_a_list_has_a_day_for_each_day(platform: Platform, sent: SentCampaign) -> None:
    platform.clock.move_to(
        datetime.combine(platform.clock().date(), datetime.min.time(), UTC) + timedelta(days=2, hours=1)
    )
    ids = add_contacts(sent.owner, sent.list_id, f"new-{sent.list_id}@example.com")
    bootstrap.contacts().unsubscribe(sent.owner.account_id, sent.list_id, ids[0])
    sent.did(EventType.UNSUBSCRIBED, 0, at_ms=unix(platform.clock()) * 1000)
    sent.did(EventType.BOUNCED_HARD, 2, at_ms=unix(platform.clock()) * 1000)
    days = data_of(sent.owner, f"lists/{sent.list_id}/series")
    assert len(days) == 31
    assert [day["date"] % 86_400 for day in days] == [0] * 31
    assert {name: days[-1][name] for name in ("joined", "left", "bounced", "bounced_hard", "sent_emails")} == {
        "joined": 1,
        "left": 2,
        "bounced": 1,
        "bounced_hard": 1,
        "sent_emails": 0,
    }
    assert (days[-3]["joined"], days[-3]["sent_emails"]) == (4, 4)
    start = days[-1]["date"]
    assert [day["date"] for day in data_of(sent.owner, f"lists/{sent.list_id}/series", start_time=start)] == [start]
    assert from_unix(start) <= platform.clock()


def test_a_repeated_import_joins_once(platform: Platform) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    body = {"contacts": [{"email": f"{number}.{list_id}@example.com"} for number in range(5)]}
    for _ in range(2):
        assert owner.api.post(f"/lists/{list_id}/import-contacts", json=body).status in (200, 201)
        platform.drain()
    assert data_of(owner, f"lists/{list_id}/series")[-1]["joined"] == 5


def test_counts_of_an_account_equal_those_of_its_lists(platform: Platform) -> None:
    owner = make_owner()
    lists = [make_list(owner), make_list(owner)]
    ids = {
        list_id: add_contacts(owner, list_id, *(f"{n}.{list_id}@example.com" for n in range(3))) for list_id in lists
    }
    bootstrap.contacts().unsubscribe(owner.account_id, lists[0], ids[lists[0]][0])
    assert owner.api.delete(f"/lists/{lists[1]}/contacts/{ids[lists[1]][0]}").status == 200
    assert data_of(owner, "accounts/self")["active_contacts"] == 4
    assert owner.api.delete(f"/lists/{lists[1]}").status == 200
    platform.drain()
    assert data_of(owner, "accounts/self")["active_contacts"] == 2


def test_progress_says_what_has_left_and_what_is_left(platform: Platform, mailer: MemoryMailer) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    emails = [f"{number}.{list_id}@example.com" for number in range(4)]
    add_contacts(owner, list_id, *emails)
    mailer.refused = {emails[1]}
    campaign_id = make_campaign(owner, list_id=list_id)

    def progress() -> Any:
        answer = owner.api.get(f"/campaigns/{campaign_id}/progress")
        assert answer.status == 200, answer.text
        return answer.json["data"]

    before = progress()
    assert (before["planned"], before["rate"], before["seconds_left"]) == (0, 0, None)
    assert before["allowed_rate"] == pytest.approx(950)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain(START_QUEUE, PLAN_QUEUE)
    underway = progress()
    assert (underway["planned"], underway["is_planned"], underway["remaining"]) == (4, True, 4)
    assert underway["seconds_left"] == 0, "four mails at 950 a second"
    assert owner.api.post(f"/campaigns/{campaign_id}/suspend").status == 200
    paused = progress()
    assert paused["seconds_left"] is None
    assert "suspended" in paused["paused_because"]
    assert owner.api.post(f"/campaigns/{campaign_id}/resume").status == 200
    platform.clock.move(timedelta(seconds=3))
    platform.drain(START_QUEUE, PLAN_QUEUE, SEND_QUEUE)
    done = progress()
    assert (done["sent"], done["failed"], done["skipped"], done["unknown"], done["remaining"]) == (3, 1, 0, 0, 0)
    assert (done["status"], done["paused_because"], done["rate"]) == ("delivered", None, 0)
