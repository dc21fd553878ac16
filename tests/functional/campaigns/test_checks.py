"""The checks of a campaign name each fault with its place, and block exactly what scheduling refuses."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryDns, MemoryMailer
from postrider.campaigns.checks import audience, links
from postrider.campaigns.recipients import CampaignAudience
from postrider.contacts.ids import ContactIds
from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery.queue_messages import PLAN_QUEUE, SEND_QUEUE
from postrider.delivery.repository import DynamoLedger
from postrider.kit.errors import Invalid
from postrider.rate_limits.windows import Allowance
from postrider.usage.repository import AcceptedMailRepository, ReservationRepository
from postrider.usage.service import UsageService
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.campaigns import HTML, add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden

ADDRESS = {
    "address1": "1 Main Street",
    "city": "Springfield",
    "country": "US",
    "postal_code": "62701",
    "province": "IL",
}
SPF, DMARC = "v=spf1 include:amazonses.com ~all", "v=DMARC1; p=none"


class Web:
    """Answer by URL; 200 for the others."""

    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}
        self.tried: list[str] = []

    def status(self, url: str, *, timeout_s: float) -> int:
        self.tried.append(url)
        if "refused" in url:
            raise Invalid("The URL is not allowed: the host is not public.", code="url_refused", field="url")
        return self.statuses.get(url, 200)

    def fetch(self, url: str, *, max_bytes: int) -> AbstractContextManager[Iterator[bytes]]:
        raise NotImplementedError


@pytest.fixture
def web(platform: Platform) -> Iterator[Web]:
    web = Web()
    dns = MemoryDns({("example.com", "TXT"): (SPF,), ("_dmarc.example.com", "TXT"): (DMARC,)})
    with overridden(fetcher=web, dns=dns):
        yield web


def checks_of(owner: Owner, campaign_id: int) -> list[dict[str, Any]]:
    answer = owner.api.get(f"/campaigns/{campaign_id}/checks")
    assert answer.status == 200, answer.text
    data: list[dict[str, Any]] = answer.json["data"]
    return data


def codes_of(owner: Owner, campaign_id: int, level: str = "ask") -> list[str]:
    return [check["code"] for check in checks_of(owner, campaign_id) if check["level"] == level]


def check_with(owner: Owner, campaign_id: int, code: str) -> dict[str, Any]:
    return next(check for check in checks_of(owner, campaign_id) if check["code"] == code)


def other_sender(owner: Owner, email: str) -> str:
    """Make a sender that is not confirmed."""
    answer = owner.api.post("/brands/default/senders", json={"name": "Other", "email": email})
    assert answer.status == 201, answer.text
    return str(answer.json["id"])


@pytest.fixture
def owner(web: Web) -> Owner:
    owner = make_owner()
    bootstrap.accounts().change(owner.account_id, {"address": ADDRESS})
    return owner


@pytest.fixture
def list_id(owner: Owner) -> int:
    list_id = make_list(owner)
    add_contacts(owner, list_id, *(f"{number}.{list_id}@example.org" for number in range(3)))
    return list_id


def test_a_sound_campaign_has_little_to_look_at(owner: Owner, list_id: int) -> None:
    campaign_id = make_campaign(owner, list_id=list_id)
    found = checks_of(owner, campaign_id)
    assert [check["code"] for check in found] == ["dkim_missing", "audience_size", "unknown_attribute"]
    assert "POST /brands/default/dkim " in found[0]["message"]
    assert (found[1]["count"], found[1]["level"], found[1]["loc"]) == (3, "ask", ["audience", "list_id"])


def test_an_empty_campaign_is_blocked_by_every_missing_setting(owner: Owner) -> None:
    campaign_id = int(owner.api.post("/campaigns", json={"name": "Empty"}).json["id"])
    found = checks_of(owner, campaign_id)
    places = [["audience", "list_id"], ["sender", "id"], ["content", "subject"], ["content", "html"]]
    assert [check["loc"] for check in found if check["level"] == "block"] == places
    refusal = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert refusal.json["detail"][0]["msg"] == found[0]["message"]


@pytest.mark.parametrize("lack", ["sender", "subject", "policy", "limit"])
def test_blocking_problems_are_those_that_scheduling_refuses(owner: Owner, list_id: int, lack: str) -> None:
    fields: dict[str, Any] = {"content": {"html": HTML} if lack == "subject" else {"subject": "News", "html": HTML}}
    if lack == "sender":
        fields["sender"] = {"id": other_sender(owner, f"other.{list_id}@example.com")}
    campaign_id = make_campaign(owner, list_id=list_id, **fields)
    if lack == "limit":
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {"per_campaign": 2}})
    if lack == "policy":
        owner.api.post(f"/lists/{list_id}/archive")
    blocks = [check for check in checks_of(owner, campaign_id) if check["level"] == "block"]
    assert len(blocks) == 1
    refusal = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert (refusal.status, refusal.json["detail"][0]["msg"]) == (400, blocks[0]["message"])


def test_the_limits_of_a_month_count_sent_mails(platform: Platform, owner: Owner, list_id: int) -> None:
    with overridden(mailer=MemoryMailer(platform.clock)):
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {"per_month": 5}})
        first, second = make_campaign(owner, list_id=list_id), make_campaign(owner, list_id=list_id)
        assert owner.api.post(f"/campaigns/{first}/schedule").status == 200
        platform.drain(PLAN_QUEUE, SEND_QUEUE)
        refusal = owner.api.post(f"/campaigns/{second}/schedule")
        assert refusal.status == 400
        assert "may send 5 mails in its month and has sent 3; this needs 3 more" in refusal.json["detail"][0]["msg"]
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {"per_month": 6}})
        assert owner.api.post(f"/campaigns/{second}/schedule").status == 200


def test_a_campaign_over_the_limits_at_its_start_is_suspended_with_the_reason(
    platform: Platform, owner: Owner, list_id: int
) -> None:
    """Each of two campaigns keeps the limit when it is scheduled; together they do not."""
    with overridden(mailer=MemoryMailer(platform.clock)):
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {"per_month": 5}})
        ids = [make_campaign(owner, list_id=list_id) for _ in range(2)]
        later = {"date": int(platform.clock().timestamp()) + 3600}
        for campaign_id, body in zip(ids, ({}, later), strict=True):
            assert owner.api.post(f"/campaigns/{campaign_id}/schedule", json=body).status == 200
        platform.drain(PLAN_QUEUE, SEND_QUEUE)
        platform.clock.move(timedelta(hours=1, minutes=3))
        platform.sweep()
        platform.drain(PLAN_QUEUE, SEND_QUEUE)
        campaigns = [bootstrap.campaigns().get(owner.account_id, campaign_id) for campaign_id in ids]
        states = sorted((campaign.status, campaign.suspended) for campaign in campaigns)
        assert states == [("delivered", False), ("scheduled", True)]
        (paused,) = [campaign for campaign in campaigns if campaign.suspended]
        assert "may send 5 mails in its month and has sent 3" in (paused.pause_reason or "")
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {"per_month": 6}})
        assert owner.api.post(f"/campaigns/{paused.id}/resume").status == 200
        platform.drain(PLAN_QUEUE, SEND_QUEUE)
        assert bootstrap.campaigns().get(owner.account_id, paused.id).status == "delivered"


def test_campaigns_that_start_at_once_keep_the_limit_together(platform: Platform, owner: Owner, list_id: int) -> None:
    """The first campaign that starts reserves its mails; its cancellation releases the mails that were not sent."""
    with overridden(mailer=MemoryMailer(platform.clock)):
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {"per_month": 5}})
        ids = [make_campaign(owner, list_id=list_id) for _ in range(2)]
        for campaign_id in ids:
            assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
        platform.drain(PLAN_QUEUE)
        started, paused = sorted(
            (bootstrap.campaigns().get(owner.account_id, campaign_id) for campaign_id in ids),
            key=lambda campaign: campaign.suspended,
        )
        assert (started.status, started.suspended) == ("delivering", False)
        reason = "has sent 0, and campaigns that are being sent need 3 more; this needs 3 more"
        assert reason in (paused.pause_reason or "")
        for act, status in ((f"{started.id}/cancel", "incomplete"), (f"{paused.id}/resume", "delivered")):
            assert owner.api.post(f"/campaigns/{act}").status == 200
            platform.drain(PLAN_QUEUE, SEND_QUEUE)
            assert bootstrap.campaigns().get(owner.account_id, int(act.split("/")[0])).status == status


@pytest.mark.parametrize("limit", ["per_month", "per_campaign"])
def test_a_campaign_of_which_only_a_sample_was_counted_keeps_the_limit_and_is_suspended(
    platform: Platform, owner: Owner, list_id: int, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """The recipients are counted once when they are planned, also if the worker crashes after a block was stored."""
    monkeypatch.setattr(audience, "MAX_BLOCKS", 1)
    for number in range(2):  # in a block of their own, since the block before is full
        ContactIds().allocate(owner.account_id, list_id, BLOCK_SIZE, platform.clock())
        add_contacts(owner, list_id, *(f"{number}.{place}.{list_id}@example.org" for place in range(2)))
    segment = {"name": "All", "query": '`status` = "active"'}
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json=segment).json["id"]
    campaign_id = make_campaign(owner, audience={"list_id": list_id, "segment_id": segment_id})
    mailer = MemoryMailer(platform.clock)

    def state() -> tuple[str, bool, int]:
        for _ in range(2):
            platform.drain(PLAN_QUEUE, SEND_QUEUE)
            platform.clock.move(timedelta(minutes=3))
            platform.sweep()
        campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
        return campaign.status, campaign.suspended, len(mailer.accepted)

    with overridden(mailer=mailer):
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {limit: 5}})
        assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
        crash_after_first_block(monkeypatch)
        status, is_suspended, sent = state()
        assert (status, is_suspended, sent <= 5) == ("delivering", True, True)
        reason = bootstrap.campaigns().get(owner.account_id, campaign_id).pause_reason or ""
        assert reason.startswith("It cannot be sent: ")
        assert "higher limit" in reason
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {limit: 6}})
        assert owner.api.post(f"/campaigns/{campaign_id}/resume").status == 200
        status, is_suspended, sent = state()
        assert (status, is_suspended, sent <= 6) == ("delivering", True, True)
        bootstrap.accounts().change(owner.account_id, {"usage_limits": {limit: 7}})
        assert owner.api.post(f"/campaigns/{campaign_id}/resume").status == 200
        assert state() == ("delivered", False, 7)
        assert len({mail.to for _, mail, _ in mailer.accepted}) == 7


def crash_after_first_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise an error after the first block was stored and counted."""
    add_block, crashes = DynamoLedger.add_block_to, [True]

    def add(*args: Any) -> bool:
        is_added = add_block(*args)
        if is_added and crashes:
            crashes.pop()
            raise RuntimeError("crashed")
        return is_added

    monkeypatch.setattr(DynamoLedger, "add_block_to", add)


class Meeting(ReservationRepository):
    """Another call makes a reservation between the check and the write of the first call."""

    def __init__(self, other: Callable[[], None]) -> None:
        self._others = [other]

    def replace(self, *args: Any, **options: Any) -> bool:
        if self._others:
            self._others.pop()()
        return super().replace(*args, **options)


def usage_with(
    platform: Platform,
    *,
    reservations: ReservationRepository | None = None,
    accepted: AcceptedMailRepository | None = None,
) -> UsageService:
    return UsageService(
        bootstrap.accounts(),
        bootstrap.events(),
        bootstrap.delivery(),
        bootstrap.mail_sources(),
        reservations or ReservationRepository(),
        accepted or AcceptedMailRepository(),
        platform.clock,
    )


def test_a_reservation_that_meets_another_is_checked_again(platform: Platform, owner: Owner, list_id: int) -> None:
    bootstrap.accounts().change(owner.account_id, {"usage_limits": {"per_month": 5}})
    ids = [make_campaign(owner, list_id=list_id) for _ in range(2)]
    for campaign_id in ids:
        assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.clock.move(timedelta(seconds=1))
    meeting = Meeting(lambda: bootstrap.usage().reserve_campaign(owner.account_id, ids[1], 3))
    usage = usage_with(platform, reservations=meeting)
    with pytest.raises(Invalid, match="campaigns that are being sent need 3 more"):
        usage.reserve_campaign(owner.account_id, ids[0], 3)
    bootstrap.usage().reserve_campaign(owner.account_id, ids[0], 2)
    bootstrap.usage().reserve_campaign(owner.account_id, ids[1], 3)


class MeetingMails(AcceptedMailRepository):
    """A campaign starts between the check of a mail and its count."""

    def __init__(self, start_campaign: Callable[[], None]) -> None:
        self._start_campaign = start_campaign

    def add(self, *args: Any, **options: Any) -> bool:
        self._start_campaign()
        return super().add(*args, **options)


def test_mails_and_a_campaign_that_starts_keep_the_limit_together(
    platform: Platform, owner: Owner, list_id: int
) -> None:
    account_id, usage, now = owner.account_id, bootstrap.usage(), platform.clock()
    bootstrap.accounts().change(account_id, {"usage_limits": {"per_month": 4}})
    ids = [make_campaign(owner, list_id=list_id) for _ in range(2)]
    for campaign_id in ids:
        assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.clock.move(timedelta(seconds=1))
    meeting_mails = usage_with(platform, accepted=MeetingMails(lambda: usage.reserve_campaign(account_id, ids[0], 3)))
    with pytest.raises(Invalid, match="campaigns that are being sent need 3 more"):
        meeting_mails.accept_emails(account_id, 2, now)
    usage.accept_emails(account_id, 1, now)
    assert owner.api.post(f"/campaigns/{ids[0]}/cancel").status == 200
    meeting_campaign = usage_with(platform, reservations=Meeting(lambda: usage.accept_emails(account_id, 1, now)))
    with pytest.raises(Invalid, match="has sent 0 and accepted 2 more; this needs 3 more"):
        meeting_campaign.reserve_campaign(account_id, ids[1], 3)


@pytest.mark.parametrize(
    ("records", "codes"),
    [
        ({}, ["spf_missing", "dmarc_missing"]),
        ({("example.com", "TXT"): (SPF, SPF)}, ["spf_several", "dmarc_missing"]),
        ({("example.com", "TXT"): (SPF,), ("_dmarc.example.com", "TXT"): ("v=DMARC1",)}, ["dmarc_invalid"]),
    ],
)
def test_dns_of_the_sender_is_asked(web: Web, owner: Owner, list_id: int, records: Any, codes: list[str]) -> None:
    campaign_id = make_campaign(owner, list_id=list_id)
    with overridden(fetcher=web, dns=MemoryDns(records)):
        assert [code for code in codes_of(owner, campaign_id) if code.startswith(("spf", "dmarc"))] == codes


def test_a_name_server_that_does_not_answer_is_not_a_missing_record(web: Web, owner: Owner, list_id: int) -> None:
    campaign_id = make_campaign(owner, list_id=list_id)
    dns = MemoryDns()
    dns.silent = {"example.com"}
    with overridden(fetcher=web, dns=dns):
        codes = codes_of(owner, campaign_id)
    assert "dns_unanswered" in codes
    assert not {"spf_missing", "dmarc_missing"} & set(codes)


def test_a_sender_at_a_mailbox_provider_is_named(owner: Owner, list_id: int) -> None:
    sender_id = other_sender(owner, f"shop.{list_id}@gmail.com")
    campaign_id = make_campaign(owner, list_id=list_id, sender={"id": sender_id})
    assert check_with(owner, campaign_id, "sender_of_mailbox_provider")["loc"] == ["sender", "id"]


def test_faults_of_the_content_are_named(web: Web, owner: Owner, list_id: int) -> None:
    bootstrap.accounts().change(
        owner.account_id, {"overrides": {"inject_unsubscribe_link": False, "inject_address": False}}
    )
    html = (
        "<p>Hello [first_name] and [nick_nam]</p><img src='https://example.com/a.png'><img alt='' src='https://e.com/b.png'>"
        "<a href='https://example.com/gone'>a</a> <a href='http://example.com/plain'>b</a> <a href='www.example.com'>c</a>"
        "<a href='http://localhost:3000/x'>d</a> <a href='https://refused.example/'>e</a> <a href=''>f</a>"
        "<a href='https://example.com/broken'>g</a><a href='https://example.com/shy'>h</a>"
    )
    web.statuses = {
        "https://example.com/gone": 404,
        "https://example.com/broken": 503,
        "https://example.com/shy": 403,
    }
    assert (
        owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "first_name", "type": "text"}).status == 201
    )
    campaign_id = make_campaign(owner, list_id=list_id, content={"subject": "Hi", "html": html})
    found = checks_of(owner, campaign_id)
    assert {check["code"] for check in found if check["level"] == "ask"} == {
        *("dkim_missing", "audience_size", "unknown_attribute", "unsubscribe_link_missing"),
        *("postal_address_not_shown", "images_without_alt", "merge_field_empty", "link_empty", "link_incomplete"),
        *("link_local", "link_http", "link_broken", "link_refused", "link_fails"),
    }
    by_code = {check["code"]: check for check in found}
    assert by_code["images_without_alt"]["count"] == 1
    assert (by_code["merge_field_empty"]["count"], by_code["merge_field_empty"]["loc"]) == (3, ["content", "html"])
    assert "'https://example.com/gone'" in by_code["link_broken"]["message"]
    assert not any("localhost" in url for url in web.tried)


def test_many_links_are_not_all_opened(web: Web, owner: Owner, list_id: int) -> None:
    html = "".join(f"<a href='https://example.com/{number}'>x</a>" for number in range(links.MAX_FETCHED + 2))
    campaign_id = make_campaign(owner, list_id=list_id, content={"subject": "Hi", "html": html})
    assert check_with(owner, campaign_id, "links_not_tried")["count"] == 2
    assert len(web.tried) == links.MAX_FETCHED


def test_links_are_opened_a_limited_number_of_times_an_hour(
    web: Web, owner: Owner, list_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "LINK_CHECKS_PER_ACCOUNT", Allowance(name="link_checks", most=1, window_s=3600))
    campaign_id = make_campaign(owner, list_id=list_id)
    assert "links_not_tried" not in codes_of(owner, campaign_id)
    tried = list(web.tried)
    assert check_with(owner, campaign_id, "links_not_tried")["count"] == len(tried) == 1
    assert web.tried == tried


def test_the_size_counts_with_tracked_links(owner: Owner, list_id: int) -> None:
    html = "".join(f"<a href='https://e.co/{number}'>{'x' * 60}</a>" for number in range(900))
    assert len(html) < 90_000
    campaign_id = make_campaign(owner, list_id=list_id, content={"subject": "Hi", "html": html})
    check = check_with(owner, campaign_id, "html_too_long")
    assert check["count"] > 100 * 1024
    assert codes_of(owner, campaign_id).count("html_too_long") == 1


def test_an_empty_audience_is_named(owner: Owner) -> None:
    campaign_id = make_campaign(owner, list_id=make_list(owner))
    assert check_with(owner, campaign_id, "audience_empty")["count"] == 0


def test_a_larger_audience_is_estimated_and_said_to_be(
    owner: Owner, list_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two blocks of which one is read; the counter of the list says how many there are, for a segment nothing does."""
    allocator = bootstrap.contacts()
    freeze = CampaignAudience.freeze
    monkeypatch.setattr(CampaignAudience, "freeze", lambda *args: replace(freeze(*args), blocks=[1, 2]))
    contact_ids = [contact["id"] for contact in owner.api.get(f"/lists/{list_id}/contacts").json["data"]]
    contacts = list(allocator.many(owner.account_id, list_id, contact_ids).values())
    monkeypatch.setattr(CampaignAudience, "matching_contacts", lambda *_: contacts[:2])
    monkeypatch.setattr(audience, "MAX_BLOCKS", 1)
    campaign_id = make_campaign(owner, list_id=list_id)
    assert check_with(owner, campaign_id, "audience_size")["message"] == "The campaign goes to 3 people."
    segment = {"name": "All", "query": '`status` = "active"'}
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json=segment).json["id"]
    of_segment = make_campaign(owner, audience={"list_id": list_id, "segment_id": segment_id})
    assert check_with(owner, of_segment, "audience_size")["message"] == "The campaign goes to about 4 people."


def test_people_who_got_a_campaign_today_and_a_long_sending_are_named(
    platform: Platform, owner: Owner, list_id: int
) -> None:
    platform.clock.move(timedelta(minutes=2))  # the limits of SES are kept for a minute
    first, second = make_campaign(owner, list_id=list_id), make_campaign(owner, list_id=list_id)
    with overridden(mailer=MemoryMailer(platform.clock, rate=0.0007), fetcher=Web(), dns=MemoryDns()):
        assert "recently_mailed" not in codes_of(owner, second)
        assert check_with(owner, second, "takes_long")["count"] == pytest.approx(3 / (0.0007 * 0.95), rel=0.01)
    platform.clock.move(timedelta(minutes=2))
    with overridden(mailer=MemoryMailer(platform.clock), fetcher=Web(), dns=MemoryDns()):
        assert owner.api.post(f"/campaigns/{first}/schedule").status == 200
        platform.drain(PLAN_QUEUE, SEND_QUEUE)
        assert check_with(owner, second, "recently_mailed")["count"] == 3
        platform.clock.move(timedelta(hours=25))
        assert "recently_mailed" not in codes_of(owner, second)


def test_checks_change_nothing(owner: Owner, list_id: int) -> None:
    campaign_id = make_campaign(owner, list_id=list_id)
    before = owner.api.get(f"/campaigns/{campaign_id}").json
    checks_of(owner, campaign_id)
    assert owner.api.get(f"/campaigns/{campaign_id}").json == before
    assert make_owner().api.get(f"/campaigns/{campaign_id}/checks").status == 400
