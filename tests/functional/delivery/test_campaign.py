"""A campaign from its schedule to its report through the real queues, workers and SES endpoint; and what that costs."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.schedules.recount_runs.handler import lambda_handler as recount_runs
from functions.workers.send_chunks.handler import lambda_handler as send_chunks
from infra.bench.meter import Meter
from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.contacts.address import parse
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.model import Status
from postrider.delivery.model import RunKey, RunState, Tally
from postrider.delivery.queue_messages import PLAN_QUEUE, SEND_QUEUE
from postrider.delivery.repository import DynamoLedger
from postrider.delivery.rules import LEASE, RECOUNTED_AFTER, STALLED, STATE_CACHED_FOR
from postrider.kit.chunks import in_chunks
from tests.conftest import Platform
from tests.testing.clock import MovableClock
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.activity import close_open_runs
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden
from tests.testing.standin import lambda_context, sqs_event

QUEUES = (PLAN_QUEUE, SEND_QUEUE)
RECIPIENTS = 3000
"""The start costs the same for one; the budget is per 1,000 of a campaign."""
THOUSANDS = RECIPIENTS / 1000
MAX_WRITE_UNITS = 2100
MAX_READ_UNITS = 500
MAX_CALLS = 200


def _fill(owner: Owner, list_id: int, count: int) -> None:
    batches, mark = bootstrap.contact_bulk_writer(), uuid.uuid4().hex[:8]
    emails = [f"reader-{number}-{mark}@example.com" for number in range(count)]
    for number, some in enumerate(in_chunks(emails, 500)):
        claims = batches.reserve(owner.account_id, list_id, [parse(email).canonical for email in some])
        drafts = [
            ContactRow(
                contact_id=claims[email][0].contact_id,
                email=email,
                address=email,
                subscribed_at=claims[email][0].subscribed_at,
                is_new=True,
                attributes={},
            )
            for email in some
        ]
        batches.write(
            owner.account_id, list_id, drafts, WriteOptions(target=Status.ACTIVE), part_key=f"{mark}-{number}"
        )


def _sent(platform: Platform, owner: Owner, campaign_id: int) -> Meter:
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    with Meter() as meter:
        platform.drain(*QUEUES)
    return meter


@pytest.fixture
def mailer(platform: Platform) -> Iterator[MemoryMailer]:
    """Instead of the SES endpoint, which would make calls of its own in this process."""
    platform.aws.purge()
    given = MemoryMailer(platform.clock, rate=1000)
    with overridden(mailer=given):
        yield given


def test_a_thousand_recipients_cost_at_most_the_budget(platform: Platform, mailer: MemoryMailer) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    _fill(owner, list_id, RECIPIENTS)
    campaign_id = make_campaign(owner, list_id=list_id)
    meter = _sent(platform, owner, campaign_id)
    campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
    assert campaign.status == "delivered"
    totals = bootstrap.delivery().totals(campaign)
    assert totals is not None
    assert totals.tally == Tally(sent=RECIPIENTS) == bootstrap.delivery().recount(campaign)
    assert len(mailer.accepted) == RECIPIENTS
    calls = sum(count for call, count in meter.calls.items() if not call.startswith("sesv2"))
    costs = {
        "write units": meter.write_units / THOUSANDS,
        "read units": meter.read_units / THOUSANDS,
        "calls": calls / THOUSANDS,
    }
    print(costs, meter.calls)  # noqa: T201  # shown when it fails
    assert costs["write units"] <= MAX_WRITE_UNITS
    assert costs["read units"] <= MAX_READ_UNITS
    assert costs["calls"] <= MAX_CALLS


def test_the_schedule_starts_a_campaign_at_its_moment(platform: Platform) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    _fill(owner, list_id, 3)
    campaign_id = make_campaign(owner, list_id=list_id)
    date = int((platform.clock() + timedelta(hours=1)).timestamp())
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"date": date}).status == 200
    platform.drain(*QUEUES)
    assert bootstrap.campaigns().get(owner.account_id, campaign_id).status == "scheduled"
    platform.clock.move(timedelta(hours=1, minutes=3))
    platform.sweep()
    platform.drain(*QUEUES)
    assert bootstrap.campaigns().get(owner.account_id, campaign_id).status == "delivered"


def test_the_logs_have_the_recipients_without_a_mail_and_the_reasons(platform: Platform, mailer: MemoryMailer) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    emails = [f"{name}@example.com" for name in ("got", "refused", "lost")]
    ids = [owner.api.post(f"/lists/{list_id}/contacts", json={"email": email}).json["id"] for email in emails]
    mailer.refused, mailer.lost = {emails[1]}, {emails[2]: True}
    campaign_id = make_campaign(owner, list_id=list_id)
    _sent(platform, owner, campaign_id)
    platform.aws.purge()  # the order for later, which the stand-in would keep for minutes
    platform.clock.move(max(LEASE, STALLED) + timedelta(minutes=1))
    platform.sweep()
    platform.drain(*QUEUES)
    log = owner.api.get(f"/logs/campaigns/{campaign_id}", query={"filter": "type==other"}).json["data"]
    assert {row["contact_id"] for row in log} == set(ids[1:])
    rows = owner.api.get(f"/logs/lists/{list_id}", query={"filter": "type==other"}).json["data"]
    assert {row["contact_id"]: row["dsn_message"] for row in rows} == {ids[1]: "MessageRejected", ids[2]: "unknown"}
    unknown = owner.api.get(f"/logs/campaigns/{campaign_id}", query={"filter": "additional_info==unknown"}).json["data"]
    assert [row["email"] for row in unknown] == [emails[2]]
    # the way back that the README shows: to exactly these, by somebody's decision
    tagging = {"tags": ["unknown"], "contact_ids": [row["contact_id"] for row in unknown]}
    assert owner.api.post(f"/lists/{list_id}/contacts/tag", json=tagging).status == 200
    segment = {"name": "Unknown", "query": '`tags` = "unknown"'}
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json=segment).json["id"]
    mailer.lost, before = {}, len(mailer.accepted)
    _sent(platform, owner, make_campaign(owner, audience={"list_id": list_id, "segment_id": segment_id}))
    assert [mail.to for _, mail, _ in mailer.accepted[before:]] == [emails[2]]


def test_after_a_cancel_logs_and_reports_account_for_everybody_within_two_minutes(
    platform: Platform, mailer: MemoryMailer
) -> None:
    close_open_runs()
    owner = make_owner()
    list_id = make_list(owner)
    _fill(owner, list_id, 120)
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain(PLAN_QUEUE)
    chunks = platform.aws.messages(SEND_QUEUE)
    send_chunks(sqs_event(SEND_QUEUE, chunks[:1]), lambda_context(SEND_QUEUE))
    reports = [f"/reports/campaigns/{campaign_id}", f"/reports/lists/{list_id}"]

    def sent_counts() -> list[int]:
        return [owner.api.get(path).json["data"]["sent_emails"] for path in reports]

    sent = len(mailer.accepted)
    assert 0 < sent < 120
    assert sent_counts() == [sent, sent]
    assert owner.api.post(f"/campaigns/{campaign_id}/cancel").status == 200
    for _ in range(2):
        platform.clock.move(timedelta(minutes=1))
        platform.sweep()
        platform.drain(*QUEUES)
    assert owner.account_id not in {key.account_id for key in bootstrap.delivery().open_runs()}
    assert sent_counts() == [sent, sent]
    assert owner.api.get(reports[0]).json["data"]["active_emails"] == 120
    path, query = f"/logs/campaigns/{campaign_id}", {"with_count": "true", "per_page": 1}
    counts = {
        words: owner.api.get(path, query=query | {"filter": words}).json["pagination"]["count"]
        for words in ("type==sent", "type==skipped", "type==skipped;additional_info==cancelled")
    }
    assert list(counts.values()) == [sent, 120 - sent, 120 - sent]


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("rounds", [0, 1, None])
def test_a_campaign_whose_list_is_deleted_during_its_run_finishes(
    platform: Platform, mailer: MemoryMailer, rounds: int | None, cancelled: bool
) -> None:
    close_open_runs()  # the sweeper looks after those of other tests as well
    owner = make_owner()
    list_id = make_list(owner)
    _fill(owner, list_id, 3)
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain(PLAN_QUEUE, rounds=rounds)
    platform.aws.purge()
    if cancelled:
        assert owner.api.post(f"/campaigns/{campaign_id}/cancel").status == 200
    assert owner.api.delete(f"/lists/{list_id}").status == 200
    platform.drain("run-tasks")
    for _ in range(4):
        platform.clock.move(STALLED + timedelta(minutes=1))
        platform.sweep()
        assert platform.drain().failed == []
    assert mailer.accepted == []
    assert owner.account_id not in {key.account_id for key in bootstrap.delivery().open_runs() if not _done(key)}


def test_a_repaired_counter_reaches_the_reports(platform: Platform, mailer: MemoryMailer) -> None:
    """The hourly schedule orders the recount, the plan queue makes it."""
    close_open_runs()
    owner = make_owner()
    list_id = make_list(owner)
    _fill(owner, list_id, 3)
    campaign_id = make_campaign(owner, list_id=list_id)
    _sent(platform, owner, campaign_id)
    campaign, ledger = bootstrap.campaigns().get(owner.account_id, campaign_id), DynamoLedger()
    key = RunKey(owner.account_id, campaign.source, campaign.run_id or "")
    (block,) = ledger.blocks(key)
    assert ledger.recount(key, block, Tally(unknown=3), block.chunks_done)
    platform.sweep()
    reports = [f"/reports/campaigns/{campaign_id}", f"/reports/lists/{list_id}"]
    assert [owner.api.get(path).json["data"]["sent_emails"] for path in reports] == [0, 3], (
        "the list keeps the number that the run had at its end"
    )
    platform.clock.move(RECOUNTED_AFTER + timedelta(minutes=1))
    assert recount_runs({}, lambda_context("recount-runs")) == {"recounts_enqueued": 1}
    assert owner.api.get(reports[0]).json["data"]["sent_emails"] == 0
    assert not platform.drain(PLAN_QUEUE).failed
    assert [owner.api.get(path).json["data"]["sent_emails"] for path in reports] == [3, 3]


def test_400_days_after_its_end_only_the_totals_of_a_campaign_are_kept(
    platform: Platform, mailer: MemoryMailer
) -> None:
    """Rows of recipients may be deleted then: a filter that still asks for them is refused, with the reason."""
    owner = make_owner()
    list_id = make_list(owner)
    _fill(owner, list_id, 3)
    campaign_id = make_campaign(owner, list_id=list_id)
    _sent(platform, owner, campaign_id)
    segment = {"name": "Sent", "query": f"MAILING({campaign_id}) IS SENT"}
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json=segment).json["id"]
    path = f"/lists/{list_id}/segments/{segment_id}/contacts"
    assert len(owner.api.get(path).json["data"]) == 3
    again = make_campaign(owner, audience={"list_id": list_id, "segment_id": segment_id})
    reason = f"Campaign {campaign_id} ended more than 400 days ago"
    with overridden(clock=_in_401_days(platform)):
        for answer in (owner.api.get(path), owner.api.post(f"/campaigns/{again}/schedule")):
            assert answer.status == 400
            assert reason in answer.text
        report = owner.api.get(f"/reports/campaigns/{campaign_id}").json["data"]
    assert report["sent_emails"] == 3


def test_a_campaign_that_was_suspended_for_too_long_is_not_resumed(platform: Platform, mailer: MemoryMailer) -> None:
    owner = make_owner()
    list_id = make_list(owner)
    _fill(owner, list_id, 3)
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain(PLAN_QUEUE)
    assert owner.api.post(f"/campaigns/{campaign_id}/suspend").status == 200
    platform.clock.move(STATE_CACHED_FOR + timedelta(seconds=1))
    platform.drain(*QUEUES)
    with overridden(clock=_in_401_days(platform)):
        answer = owner.api.post(f"/campaigns/{campaign_id}/resume")
        assert answer.status == 400
        assert "began more than 100 days ago and cannot be resumed" in answer.text
        platform.drain(*QUEUES)
    assert bootstrap.campaigns().get(owner.account_id, campaign_id).suspended
    assert mailer.accepted == []
    assert owner.api.post(f"/campaigns/{campaign_id}/resume").status == 200
    platform.drain(*QUEUES)
    assert len(mailer.accepted) == 3


def _in_401_days(platform: Platform) -> MovableClock:
    clock = MovableClock()
    clock.move_to(platform.clock() + timedelta(days=401))
    return clock


def _done(key: RunKey) -> bool:
    """Only the hourly recount is still to come."""
    run = DynamoLedger().run(key)
    return run is not None and run.state == RunState.DONE


def test_a_contact_with_another_address_than_at_the_start_is_skipped(platform: Platform, mailer: MemoryMailer) -> None:
    """The address may have had the mail as that of another contact, whose row in the ledger is not found by it."""
    owner = make_owner()
    list_id = make_list(owner)
    before = [f"{name}.{owner.account_id}@example.com" for name in ("a", "b", "c")]
    contact_ids = add_contacts(owner, list_id, *before)
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain(PLAN_QUEUE)
    platform.clock.move(timedelta(seconds=3))
    for contact_id, email in zip(contact_ids, ("new." + before[0], before[0]), strict=False):
        assert owner.api.patch(f"/lists/{list_id}/contacts/{contact_id}", json={"email": email}).status == 200
    platform.drain(SEND_QUEUE)
    campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
    assert [mail.to for _, mail, _ in mailer.accepted] == before[2:]
    rows = DynamoLedger().rows(owner.account_id, campaign.source, contact_ids)
    assert [rows[contact_id].reason for contact_id in contact_ids[:2]] == ["new_address"] * 2
    totals = bootstrap.delivery().totals(campaign)
    assert totals is not None
    assert totals.tally == Tally(sent=1, skipped=2) == bootstrap.delivery().recount(campaign)
    mailer.accepted.clear()
    platform.clock.move(timedelta(seconds=1))
    _sent(platform, owner, make_campaign(owner, list_id=list_id))
    assert {mail.to for _, mail, _ in mailer.accepted} == {before[0], before[2], "new." + before[0]}, (
        "the next campaign"
    )
