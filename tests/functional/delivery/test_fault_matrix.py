"""The fault matrix of sending: after crashes, repetitions and stops, no recipient gets two copies, and all are counted.

`world.check` asserts what must hold in every case; each test adds what its own fault must come to.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from postrider.delivery import rules
from postrider.delivery.dispatch import TooManyAttempts, key_of
from postrider.delivery.model import Outcome, RunState, Tally
from postrider.delivery.queue_messages import BlockStep, ProcessBlocks
from postrider.delivery.rate.model import MICROS
from postrider.delivery.rate.rules import GROUP_S
from postrider.delivery.table import RecipientItem
from postrider.kit.errors import Invalid
from postrider.mail_events.recipients import partition_of
from postrider.ports.scheduler import SchedulerRefused
from tests.functional.delivery.world import ACCOUNT, SEND_QUEUE, VISIBILITY, Killed, World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

DEATHS = [
    "before campaigns.start",
    "after campaigns.start",
    "before ledger.add_run",
    "after ledger.add_run",
    "before ledger.add_block",
    "after ledger.add_block",
    "before queue.send",
    "after queue.send",
    "before ledger.mark_ordered",
    "after ledger.mark_ordered",
    "before ledger.insert",
    "after ledger.insert",
    "before mailer.send",
    "after mailer.send",
    "before ledger.store_outcomes",
    "after ledger.store_outcomes",
    "before log.record_batches",
    "after log.record_batches",
    "before ledger.count_chunks",
    "after ledger.count_chunks",
    "before ledger.close_block",
    "after ledger.close_block",
    "before campaigns.finish",
    "after campaigns.finish",
]
MAY_LOSE = {"after ledger.insert", "before mailer.send", "after mailer.send", "before ledger.store_outcomes"}
"""Deaths that leave claims behind: what became of those mails cannot be known."""


@pytest.mark.parametrize("point", DEATHS)
def test_a_death_anywhere_costs_no_second_copy(world: World, point: str) -> None:
    """Each row names the variant of the mail that was sent, also after the repetition."""
    world.composer.variants = (11, 12, 13)
    world.add_people(120, per_block=70)
    campaign = world.add_campaign()
    world.traps.kill(point)
    world.run_until_quiet_keeping_traps()
    assert world.traps.passed[point] == 1
    totals = world.check(campaign.id)
    assert totals.planned == 120
    assert totals.tally.unknown <= (rules.CHUNK_SIZE if point in MAY_LOSE else 0)
    assert totals.tally.sent == 120 - totals.tally.unknown


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("point", ["before queue.send", "after queue.send", "after ledger.insert", "after mailer.send"])
def test_a_later_death_is_no_worse(world: World, point: str, nth: int) -> None:
    world.add_people(120, per_block=70)
    campaign = world.add_campaign()
    world.traps.kill(point, nth=nth)
    world.run_until_quiet_keeping_traps()
    totals = world.check(campaign.id)
    assert totals.tally.unknown <= rules.CHUNK_SIZE
    assert totals.tally.total == 120


def test_events_of_the_mailer_turn_unknown_into_sent(world: World) -> None:
    """The process crashed after SES accepted the mail and before the write of the ledger; SES's event contains the ledger key."""
    world.add_people(50)
    campaign = world.add_campaign()
    world.traps.kill("before ledger.store_outcomes")
    world.run_until_quiet_keeping_traps()
    assert world.check(campaign.id).tally == Tally(unknown=50)
    assert world.tell_events(campaign.id) == 50
    assert world.tell_events(campaign.id) == 0
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_an_event_that_is_faster_than_the_record_is_kept(world: World) -> None:
    world.add_people(50)
    campaign = world.add_campaign()
    world.traps.set("before ledger.store_outcomes", lambda: world.tell_events(campaign.id) and None)
    world.run_until_quiet_keeping_traps()
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_events_after_everything_was_recorded_change_nothing(world: World) -> None:
    world.add_people(50)
    campaign = world.add_campaign()
    world.drain()
    assert world.tell_events(campaign.id) == 0
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_a_lost_answer_is_unknown_and_not_sent_again(world: World) -> None:
    ids = world.add_people(60)
    accepted, refused = (world.people[contact_id].email for contact_id in ids[3:5])
    world.mailer.lost = {accepted: True, refused: False}
    campaign = world.add_campaign()
    world.drain()
    assert world.totals(campaign.id).tally == Tally(sent=10)
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=58, unknown=2)
    assert world.tell_events(campaign.id) == 1
    assert world.check(campaign.id).tally == Tally(sent=59, unknown=1)
    service, lost = world.service(), world.campaigns.kept[campaign.id]
    assert list(service.recipients(lost, Outcome.UNKNOWN)) == [ids[4]]


def test_an_outage_of_the_mailer_does_not_make_everyone_unknown(world: World) -> None:
    ids = world.add_people(50)
    world.mailer.lost = {world.people[contact_id].email: False for contact_id in ids[:40]}
    campaign = world.add_campaign()
    world.drain()
    claimed = [outcome for outcome in world.outcomes(campaign.id).values() if outcome == Outcome.CLAIMED]
    assert len(claimed) == rules.UNKNOWN_TOLERATED
    tried = {world.people[contact_id].email for contact_id in world.outcomes(campaign.id)}
    world.mailer.lost = dict.fromkeys(tried, False)
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=47, unknown=3)


def test_one_bad_recipient_fails_alone(world: World) -> None:
    ids = world.add_people(60)
    world.mailer.refused = {world.people[ids[7]].email}
    world.people[ids[8]].writable = False
    campaign = world.add_campaign()
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=58, failed=2)
    rows = world.ledger.rows("7", campaign.source, ids[7:9])
    assert [rows[contact_id].reason for contact_id in ids[7:9]] == ["MessageRejected", "cannot_merge"]


def test_consent_is_checked_again_before_a_mail_is_sent(world: World) -> None:
    ids = world.add_people(60)
    campaign = world.add_campaign()
    world.step()  # starts
    world.step()  # plans
    world.people[ids[0]].refusal = "unsubscribed"
    world.people[ids[1]].refusal = "suppressed"
    del world.people[ids[2]]
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=57, skipped=3)
    assert world.log.contacts("skipped") == ids[:3]


def test_a_contact_added_after_the_start_is_not_a_recipient(world: World) -> None:
    world.add_people(60, per_block=70)
    campaign = world.add_campaign()
    world.step()
    world.add_people(65, per_block=70)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_content_that_cannot_be_written_holds_the_campaign(world: World) -> None:
    world.add_people(60)
    world.composer.broken = True
    campaign = world.add_campaign()
    world.drain()
    held = world.campaigns.kept[campaign.id]
    assert (held.suspended, held.pause_reason) == (True, "The mail cannot be written: The content has no end.")
    world.composer.broken = False
    world.resume(campaign.id)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_a_campaign_to_nobody_finishes(world: World) -> None:
    campaign = world.add_campaign()
    world.drain()
    assert world.check(campaign.id).planned == 0


# Repeats


def test_every_message_delivered_twice_changes_nothing(world: World) -> None:
    world.add_people(120, per_block=70)
    campaign = world.add_campaign()
    while messages := world.queue.visible():
        for message in messages:
            assert world.work(message, delete=False)
            message.visible_at = world.clock()
            assert world.work(message)
    assert world.check(campaign.id).tally == Tally(sent=120)


@pytest.mark.parametrize(
    "point",
    [
        "before ledger.insert",
        "after ledger.insert",
        "after mailer.send",
        "after ledger.store_outcomes",
        "before ledger.count_chunks",
    ],
)
def test_two_workers_with_the_same_message_share_its_recipients(world: World, point: str) -> None:
    """Duplicate delivery at the same moment: the second comes while the first is at work."""
    world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()
    (message,) = world.queue.visible()
    world.traps.set(point, lambda: world.work(message, delete=False) and None)
    world.work(message)
    world.run_until_quiet()
    assert world.traps.passed[point] == 1
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_a_message_delivered_again_while_its_worker_runs_waits(world: World) -> None:
    """Visibility expiry: the second worker sees live claims, and leaves them."""
    world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()
    (message,) = world.queue.visible()

    def comes_back() -> None:
        message.visible_at = world.clock()
        world.work(message)

    world.traps.set("after mailer.send", comes_back, nth=20)
    world.work(message)
    assert world.outcomes(campaign.id)
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_mails_of_a_worker_that_was_suspended_past_its_claim_are_sent_once(world: World) -> None:
    """The recipients of the worker became unknown; mails that it sends afterwards are their only mails, and events prove them."""
    world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()
    (message,) = world.queue.visible()

    def sleep_long() -> None:
        world.clock.move(VISIBILITY + MINUTE)
        world.work(message)

    world.traps.set("before mailer.send", sleep_long)
    world.work(message)
    world.in_flight |= set(world.people)
    world.run_until_quiet()
    totals = world.check(campaign.id)
    assert totals.tally.total == 50
    world.tell_events(campaign.id)
    assert world.check(campaign.id).tally.sent == len(world.mailer.accepted)


@pytest.mark.parametrize("stopped_s", [38, 300])
def test_a_sender_that_was_suspended_after_its_claim_sends_nothing_afterwards(world: World, stopped_s: int) -> None:
    """The claims of the sender end too soon for an answer of the mailer, or have ended."""
    world.add_people(120)
    campaign = world.add_campaign()
    world.step()
    world.step()
    (batch,) = world.batches()
    woken_at: list[int] = []

    def stop() -> None:
        world.clock.move(timedelta(seconds=stopped_s))
        for message in [message for message in batch if message.visible_at <= world.clock()]:
            world.work(message)  # the queue delivers it to another worker
        woken_at.append(len(world.mailer.accepted))

    world.traps.set("after ledger.insert", stop)
    world.work(*batch)
    assert len(world.mailer.accepted) == woken_at[0]
    world.in_flight |= set(world.people)
    world.run_until_quiet()
    assert world.check(campaign.id).tally.total == 120


def test_messages_of_a_dead_sender_are_back_within_three_minutes(world: World) -> None:
    world.add_people(200)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.traps.kill("after mailer.send", nth=60)
    (batch,) = world.batches()
    assert not world.work(*batch)
    world.clock.move(timedelta(minutes=3))
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=150, unknown=50)


def test_a_campaign_is_shown_as_stalled_until_the_messages_of_its_dead_sender_are_back(world: World) -> None:
    world.add_people(200)
    campaign = world.add_campaign()
    world.step()
    world.step()

    def is_stalled() -> bool:
        return world.service().is_stalled(world.campaigns.kept[campaign.id])

    (batch,) = world.batches()
    world.traps.kill("after mailer.send", nth=60)
    world.work(*batch)
    world.clock.move(rules.SILENT - timedelta(seconds=10))
    assert not is_stalled()
    world.clock.move(timedelta(seconds=20))
    assert is_stalled()
    world.suspend(campaign.id)
    assert not is_stalled(), "it waits for its owner"
    world.resume(campaign.id)
    world.clock.move(timedelta(minutes=2))
    assert is_stalled()
    world.step()
    world.step()
    world.step()
    assert not is_stalled()
    world.run_until_quiet()
    assert not is_stalled()
    assert world.check(campaign.id).tally.total == 200


def test_a_chunk_that_never_makes_progress_becomes_a_dead_letter(world: World) -> None:
    """A message that is enqueued again has a new receive count, so that its attempts are counted in it."""
    world.add_people(40)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.mailer.told_rate, world.mailer.rate = 1000, 0
    began = world.clock()
    while not world.queue.dead:
        for message in world.queue.visible():
            try:
                world.work(message)
            except TooManyAttempts:
                message.visible_at = world.clock() + VISIBILITY
        world.clock.move(timedelta(seconds=5))
        assert world.clock() - began < timedelta(hours=4)
    assert world.clock() - began > timedelta(hours=1)
    world.mailer.rate = 1000
    world.queue.redrive()
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=40)


def test_a_schedule_that_fires_twice_starts_once(world: World) -> None:
    world.add_people(60)
    campaign = world.add_campaign()
    world.service().schedule_start("7", campaign.source, world.clock())
    assert len(world.queue.visible()) == 2
    world.drain()
    world.service().schedule_start("7", campaign.source, world.clock())
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_a_schedule_from_before_a_rescheduling_is_ignored(world: World) -> None:
    world.add_people(60)
    campaign = world.add_campaign(starts_in=HOUR)
    order = world.scheduler.alarms.copy()
    later = world.clock() + timedelta(hours=3)
    world.campaigns.change(campaign.id, scheduled_for=later)
    world.service().schedule_start("7", campaign.source, later)
    world.clock.move(HOUR + MINUTE)
    ((_, queue, message),) = order.values()
    world.queue.send(queue, [message], group="7")
    world.drain()
    assert world.campaigns.kept[campaign.id].status == "scheduled"
    world.clock.move(timedelta(hours=2))
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_a_start_far_too_late_asks_for_confirmation(world: World) -> None:
    world.add_people(60)
    campaign = world.add_campaign(starts_in=HOUR)
    world.clock.move(HOUR + rules.LATE + MINUTE)
    world.drain()
    held = world.campaigns.kept[campaign.id]
    assert (held.status, held.suspended) == ("scheduled", True)
    assert held.pause_reason is not None
    assert "30 minutes late" in held.pause_reason
    assert not world.mailer.accepted
    world.resume(campaign.id)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_a_near_start_is_a_delayed_message(world: World) -> None:
    """EventBridge Scheduler refuses a moment that passes meanwhile."""
    world.add_people(60)
    campaign = world.add_campaign(starts_in=timedelta(seconds=899.5))
    assert world.scheduler.alarms == {}
    world.clock.move(timedelta(seconds=890))
    world.drain()
    assert world.campaigns.kept[campaign.id].status == "scheduled"
    world.clock.move(timedelta(seconds=10))
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_a_start_that_the_scheduler_refuses_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise SchedulerRefused("quota")

    monkeypatch.setattr(world.scheduler, "put", refuse)
    world.add_people(60)
    campaign = world.add_campaign(starts_in=HOUR)
    world.clock.move(HOUR + rules.MISSED)
    world.service().sweep()
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_a_campaign_that_was_refused_before_its_run_waits_for_its_owner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweeper does not order its start again each minute."""
    world.add_people(60)

    def refuse(*_: object) -> None:
        raise Invalid("The segment is gone.", code="segment_not_found")

    with monkeypatch.context() as patch:
        patch.setattr(world.audience, "freeze", refuse)
        campaign = world.add_campaign()
        world.drain()
        held = world.campaigns.kept[campaign.id]
        assert (held.status, held.suspended) == ("delivering", True)
        assert held.pause_reason == "The audience cannot be computed: The segment is gone."
        world.clock.move(rules.MISSED)
        assert world.service().sweep() == {}
        assert world.queue.visible() == []
    world.resume(campaign.id)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_a_lost_alarm_is_made_up_for(world: World) -> None:
    world.add_people(60)
    campaign = world.add_campaign(starts_in=HOUR)
    world.scheduler.alarms.clear()
    world.clock.move(HOUR + rules.MISSED + MINUTE)
    world.service().sweep()
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


def test_lost_messages_are_ordered_again(world: World) -> None:
    """Retention ran out, or somebody purged the queue."""
    world.add_people(120, per_block=70)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.step()
    world.queue.lose_all()
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=120)


def test_dead_messages_are_sent_after_a_redrive(world: World) -> None:
    world.add_people(60)
    campaign = world.add_campaign()
    world.step()
    world.step()
    for _ in range(5):
        for message in world.queue.visible():
            world.traps.kill("before ledger.rows" if message.receives else "before ledger.insert")
            world.work(message)
        world.clock.move(VISIBILITY)
        world.traps.clear()
    assert world.queue.visible() == []
    assert world.queue.dead
    world.queue.redrive()
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)


# The mailer's limits


def test_a_throttle_gives_the_recipients_back(world: World) -> None:
    """A retryable refusal is never an outcome."""
    world.add_people(120)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.mailer.rate, world.mailer.told_rate = 20, 1000
    world.drain()
    assert world.mailer.over_rate
    assert set(world.outcomes(campaign.id).values()) <= {Outcome.SENT}
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=120)


def test_a_failed_read_of_the_campaign_after_a_claim_gives_the_recipients_back(world: World) -> None:
    world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()

    def fail() -> None:
        raise ConnectionError

    world.traps.set("after ledger.insert", lambda: world.traps.set("before campaigns.get", fail))
    world.step()
    assert world.traps.passed["before campaigns.get"]
    assert (world.mailer.accepted, world.outcomes(campaign.id)) == ([], {})
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_a_recipient_whose_language_changes_between_attempts_gets_the_variant_of_the_row(world: World) -> None:
    """The mailer refuses mails for now; the next attempt chooses the variants again."""
    world.composer.variants = (11, 12, 13)
    world.add_people(120)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.mailer.rate, world.mailer.told_rate = 20, 1000
    world.traps.set("after mailer.send", lambda: setattr(world.composer, "variants", (12, 13, 11)), nth=10)
    world.run_until_quiet_keeping_traps()
    assert world.mailer.over_rate
    assert world.check(campaign.id).tally == Tally(sent=120)


def test_a_daily_quota_parks_until_its_reset(make_world: Callable[..., World]) -> None:
    world = make_world(per_day=70)
    world.add_people(120)
    campaign = world.add_campaign()
    world.drain()
    parked = world.totals(campaign.id)
    assert len(world.mailer.accepted) == 70
    assert parked.parked_until is not None
    assert parked.parked_until > world.clock()
    assert not world.campaigns.kept[campaign.id].suspended
    world.service().sweep()
    assert world.queue.visible() == []
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=120)
    assert world.totals(campaign.id).parked_until is None


def test_a_paused_account_holds_the_campaign(world: World) -> None:
    world.add_people(120)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.step()
    world.mailer.paused = True
    world.drain()
    held = world.campaigns.kept[campaign.id]
    assert held.suspended
    assert held.pause_reason is not None
    assert world.check(campaign.id, finished=False).tally == Tally(sent=50)
    world.mailer.paused = False
    world.resume(campaign.id)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=120)


def test_a_closed_account_sends_nothing_until_it_is_open_again(world: World) -> None:
    """A partner suspends an account because of its mail, and a deleted account has nobody who could stop it."""
    world.add_people(120)
    begun, next_one = world.add_campaign(), world.add_campaign(starts_in=10 * MINUTE)
    for _ in range(3):
        world.step()
    world.closed_accounts.add(ACCOUNT)
    world.clock.move(10 * MINUTE)
    world.drain()
    assert world.check(begun.id, finished=False).tally == Tally(sent=50)
    assert world.campaigns.kept[next_one.id].status == "scheduled"
    world.closed_accounts.clear()
    world.run_until_quiet(hours=1)
    assert {world.campaigns.kept[campaign.id].status for campaign in (begun, next_one)} == {"delivered"}
    assert len(world.mailer.accepted) == 2 * 120


def test_without_production_access_a_start_is_paused_and_nobody_fails(world: World) -> None:
    """Production access was lost, or recipients were added, after the campaign was scheduled."""
    world.add_people(250)
    campaign = world.add_campaign(starts_in=HOUR)
    world.mailer.has_production_access = False
    world.clock.move(HOUR)
    world.drain()
    held = world.campaigns.kept[campaign.id]
    assert (held.status, held.suspended) == ("scheduled", True)
    assert held.pause_reason is not None
    assert held.pause_reason.startswith("It cannot be sent: The SES account has no production access")
    assert "not verified: more than 200 (person-" in held.pause_reason
    world.mailer.has_production_access = True
    world.clock.move(MINUTE)
    world.resume(campaign.id)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=250)


# The owner's acts


def test_a_paused_campaign_drops_its_work_and_resumes_without_doubles(world: World) -> None:
    world.add_people(170)
    campaign = world.add_campaign()
    for _ in range(3):
        world.step()
    world.suspend(campaign.id)
    world.clock.move(timedelta(days=20))
    world.drain()
    assert world.queue.messages == []
    assert world.check(campaign.id, finished=False).tally == Tally(sent=50)
    world.resume(campaign.id)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=170)


def test_a_pause_takes_effect_within_two_seconds(make_world: Callable[..., World]) -> None:
    world = make_world(rate=14)
    world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.traps.set("after mailer.send", lambda: world.suspend(campaign.id), nth=5)
    world.drain()
    sent = len(world.mailer.accepted)
    assert 5 <= sent <= 5 + 14 * (GROUP_S + rules.STATE_CACHED_FOR.total_seconds())
    assert set(world.outcomes(campaign.id).values()) == {Outcome.SENT}
    world.resume(campaign.id)
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_pausing_while_planning_loses_nobody(world: World) -> None:
    world.add_people(400, per_block=40)
    campaign = world.add_campaign()
    world.step()
    world.traps.set("after ledger.add_block", lambda: world.suspend(campaign.id), nth=2)
    world.drain()
    world.clock.move(MINUTE)
    world.drain()
    world.resume(campaign.id)
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=400)


def test_a_cancelled_campaign_sends_no_more_and_accounts_for_the_rest(world: World) -> None:
    world.add_people(170, per_block=90)
    campaign = world.add_campaign()
    for _ in range(3):
        world.step()
    world.cancel(campaign.id)
    key = world.key(campaign.id)
    world.clock.move(timedelta(seconds=3))
    world.run_until_quiet()
    assert len(world.mailer.accepted) == 50
    assert world.check(campaign.id).tally == Tally(sent=50, skipped=120)
    run = world.ledger.run(key)
    assert run is not None
    assert run.state == RunState.ENDED


def test_no_mail_leaves_three_seconds_after_a_cancel_and_every_recipient_has_an_outcome(
    make_world: Callable[..., World],
) -> None:
    """At 60 mails a second; other senders hold the next five seconds, and most blocks are not planned yet."""
    world = make_world(rate=60)
    ids = world.add_people(900, per_block=100)
    campaign = world.add_campaign()
    world.step()
    world.step()
    cancelled_at: list[datetime] = []

    def cancel() -> None:
        world.cancel(campaign.id)
        cancelled_at.append(world.clock())

    def lease_to_others() -> None:
        now = int(world.clock().timestamp() * MICROS)
        assert world.timeline.take(5 * MICROS, earliest=now, latest=now + 60 * MICROS) is not None
        world.traps.set("after ledger.insert", cancel)

    world.traps.set("after mailer.send", lease_to_others, nth=100)
    world.drain()
    assert cancelled_at
    latest = max(moment for moment, _, _ in world.mailer.accepted)
    assert latest <= cancelled_at[0] + timedelta(seconds=3)
    for _ in range(2):
        world.clock.move(MINUTE)
        world.service().sweep()
        world.drain()
    totals = world.check(campaign.id)
    sent = len(world.mailer.accepted)
    assert totals.tally == Tally(sent=sent, skipped=900 - sent)
    assert world.log.sent_counts[campaign.source] == sent
    assert sorted(world.log.contacts("sent") + world.log.contacts("skipped")) == ids
    assert sorted(world.service().recipients(world.campaigns.kept[campaign.id], Outcome.SKIPPED)) == (
        world.log.contacts("skipped")
    )


def test_a_sender_that_wakes_after_the_blocks_were_closed_claims_nobody(world: World) -> None:
    world.add_people(100)
    campaign = world.add_campaign()
    for _ in range(3):
        world.step()

    def close() -> None:
        world.cancel(campaign.id)
        world.clock.move(MINUTE)
        world.service().sweep()
        world.drain()

    world.traps.set("before ledger.insert", close)
    world.step()
    assert len(world.mailer.accepted) == 50
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=50, skipped=50)


def test_reports_follow_a_slow_sender_within_seconds(make_world: Callable[..., World]) -> None:
    """At 5 mails a second a chunk takes 10 seconds, and is counted at its end."""
    world = make_world(rate=5)
    world.add_people(100)
    campaign = world.add_campaign()
    world.step()
    world.step()
    lags: list[int] = []

    def look() -> None:
        lags.append(len(world.mailer.accepted) - world.totals(campaign.id).sent)

    for nth in range(1, 100, 3):
        world.traps.set("after mailer.send", look, nth=nth)
    world.drain()
    assert len(lags) == 33
    assert max(lags) <= 5 * (rules.REPORTED_EVERY.total_seconds() + GROUP_S)
    assert world.totals(campaign.id).sent == world.check(campaign.id).tally.sent == 100


def test_a_campaign_cancelled_before_any_mail_left_can_be_sent_later(world: World) -> None:
    ids = world.add_people(120)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.cancel(campaign.id)
    assert world.campaigns.kept[campaign.id].status == "incomplete"
    world.clock.move(MINUTE)
    world.schedule_again(campaign.id)
    world.people[ids[0]].refusal = "unsubscribed"
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=119)


def test_a_later_run_includes_skipped_and_failed_recipients(world: World) -> None:
    ids = world.add_people(40)
    world.mailer.refused = {person.email for person in world.people.values()}
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.people[ids[0]].refusal = "unsubscribed"
    world.traps.kill("before ledger.count_chunks")
    world.step()
    world.cancel(campaign.id)
    assert world.campaigns.kept[campaign.id].status == "incomplete"
    world.mailer.refused, world.people[ids[0]].refusal = set(), None
    world.schedule_again(campaign.id)
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(sent=40)


@pytest.mark.parametrize(("stopped_s", "is_throttled_before"), [(0, False), (3, False), (0, True)])
def test_a_stale_worker_of_an_older_run_sends_no_second_copy(
    world: World, stopped_s: float, is_throttled_before: bool
) -> None:
    """The sender claims just after the cancellation, which it has not seen; it reads the campaign again before its first mail.

    The first claim may have been released long before, because the mailer accepted no mail.
    """
    world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()
    if is_throttled_before:
        world.mailer.rate, world.mailer.told_rate = 0, 1000
        world.step()
        world.mailer.rate = 1000
        world.clock.move(MINUTE)
    (message,) = [message for message in world.queue.visible() if message.queue == SEND_QUEUE]

    def owner_starts_over() -> None:
        world.cancel(campaign.id)
        assert world.campaigns.kept[campaign.id].status == "incomplete"
        world.clock.move(timedelta(seconds=stopped_s))
        world.schedule_again(campaign.id)

    world.traps.set("before ledger.insert", owner_starts_over)
    world.work(message)
    assert world.traps.passed["before ledger.insert"]
    assert not world.mailer.accepted
    world.run_until_quiet()
    assert len(world.mailer.accepted) == 50
    totals = world.totals(campaign.id)
    assert totals.complete
    assert totals.tally == Tally(sent=50)
    assert set(world.outcomes(campaign.id).values()) == {Outcome.SENT}


def test_a_crash_before_a_cancel_counts_as_mail_that_may_have_left(world: World) -> None:
    world.add_people(50)
    campaign = world.add_campaign()
    world.traps.kill("after ledger.insert")
    world.drain()
    world.cancel(campaign.id)
    assert world.campaigns.kept[campaign.id].status == "delivered"
    world.run_until_quiet()
    assert world.check(campaign.id).tally == Tally(unknown=50)


# Counting


def test_counters_that_differ_are_repaired_by_a_recount(world: World) -> None:
    world.add_people(60)
    campaign = world.add_campaign()
    world.drain()
    key = world.key(campaign.id)
    (block,) = world.ledger.blocks(key)
    assert world.ledger.recount(key, block, Tally(sent=58, unknown=2), block.chunks_done)
    world.clock.move(rules.RECOUNTED_AFTER + MINUTE)
    assert world.service().enqueue_recounts() == {"recounts_enqueued": 1}
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)
    assert world.service().enqueue_recounts() == {}


def test_recounts_of_many_runs_are_ordered_as_messages_one_for_each_block(world: World) -> None:
    """The schedule reads no row, so that it ends however many recipients there were."""
    world.add_people(300, per_block=50)
    campaigns = [world.add_campaign() for _ in range(5)]
    world.drain()
    keys = [world.key(campaign.id) for campaign in campaigns]
    for key in keys:
        for block in world.ledger.blocks(key):
            assert world.ledger.recount(key, block, Tally(unknown=50), block.chunks_done)
    world.clock.move(rules.RECOUNTED_AFTER + MINUTE)
    world.traps.kill("before ledger.rows_of_block")
    assert world.service().enqueue_recounts() == {"recounts_enqueued": 5}
    world.traps.clear()
    messages = [ProcessBlocks.model_validate_json(message.body) for message in world.queue.visible()]
    assert all(message.action == BlockStep.RECOUNT and len(message.blocks) == 1 for message in messages)
    ordered = {(key_of(message), message.blocks[0]) for message in messages}
    assert len(messages) == len(ordered) == 30
    assert ordered == {(key, block.number) for key in keys for block in world.ledger.blocks(key)}
    for place, message in enumerate(world.queue.visible()):
        assert world.work(message)
        repaired = [block for key in keys for block in world.ledger.blocks(key) if block.tally == Tally(sent=50)]
        assert len(repaired) == place + 1
    assert [world.totals(campaign.id).tally for campaign in campaigns] == [Tally(sent=300)] * 5
    assert [world.service().recount(world.campaigns.kept[campaign.id]) for campaign in campaigns] == [
        Tally(sent=300)
    ] * 5
    assert set(keys).isdisjoint(world.ledger.open_runs())


@pytest.mark.parametrize(
    "point", ["before queue.send", "after queue.send", "before ledger.close_run", "before ledger.recount"]
)
def test_a_recount_that_dies_is_repeated(world: World, point: str) -> None:
    world.add_people(120, per_block=70)
    campaign = world.add_campaign()
    world.drain()
    key = world.key(campaign.id)
    for block in world.ledger.blocks(key):
        assert world.ledger.recount(key, block, Tally(unknown=block.tally.total), block.chunks_done)
    world.clock.move(rules.RECOUNTED_AFTER + MINUTE)
    world.traps.kill(point)
    with suppress(Killed):
        world.service().enqueue_recounts()
    world.run_until_quiet_keeping_traps()
    assert world.traps.passed[point] == 1
    assert world.check(campaign.id).tally == Tally(sent=120)
    assert key not in list(world.ledger.open_runs())


def test_a_run_with_unbalanced_counters_stays_open_until_they_balance(world: World) -> None:
    world.add_people(60)
    campaign = world.add_campaign()
    world.drain()
    key = world.key(campaign.id)
    (block,) = world.ledger.blocks(key)
    assert world.ledger.recount(key, block, Tally(sent=59), block.chunks_done)
    world.clock.move(rules.RECOUNTED_AFTER + MINUTE)
    assert world.service().enqueue_recounts() == {"failed_checks": 1}
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=60)
    assert world.service().enqueue_recounts() == {"recounts_enqueued": 1}


# Rows that expire


def expire_rows(world: World, campaign_id: int) -> None:
    """Delete the rows of recipients, like their expiry in DynamoDB."""
    key = world.key(campaign_id)
    for block in world.ledger.blocks(key):
        for item in RecipientItem.query(partition_of(key.account_id, key.source, block.number)):
            item.delete()


def test_a_run_whose_rows_have_expired_is_not_recounted(world: World) -> None:
    """A call, the schedule and a late message leave the totals unchanged."""
    world.add_people(120, per_block=70)
    ordered, forgotten = world.add_campaign(), world.add_campaign()
    world.drain()
    before = [world.totals(campaign.id) for campaign in (ordered, forgotten)]
    assert [totals.tally for totals in before] == [Tally(sent=120)] * 2
    world.ledger.close_run(world.key(forgotten.id), RunState.DONE)
    world.clock.move(rules.RECOUNTED_AFTER + MINUTE)
    assert world.service().enqueue_recounts() == {"recounts_enqueued": 1}
    world.ledger.change_run(world.key(forgotten.id), state=RunState.DONE.value)
    world.clock.move(timedelta(days=401))
    for campaign in (ordered, forgotten):
        expire_rows(world, campaign.id)
        state = world.campaigns.kept[campaign.id]
        with pytest.raises(Invalid, match="ended more than 400 days ago: only its totals are kept"):
            world.service().recount(state)
        with pytest.raises(Invalid, match="ended more than 400 days ago: only its totals are kept"):
            list(world.service().recipients(state, Outcome.SENT))
    assert len(world.queue.visible()) == 2
    assert world.service().enqueue_recounts() == {"expired": 1}
    world.drain()
    assert [world.totals(campaign.id) for campaign in (ordered, forgotten)] == before


@pytest.mark.parametrize("suspended", [True, False])
@pytest.mark.parametrize("days", [101, 401])
def test_a_run_that_takes_too_long_is_ended_and_not_resumed(world: World, days: int, suspended: bool) -> None:
    """No run may outlive the rows of its recipients, which prevent second mails."""
    world.add_people(170)
    campaign = world.add_campaign()
    for _ in range(3):
        world.step()
    key = world.key(campaign.id)
    if suspended:
        world.suspend(campaign.id)
        world.clock.move(rules.STATE_CACHED_FOR + timedelta(seconds=1))
        world.drain()
    messages = list(world.queue.messages)
    world.clock.move(timedelta(days=days))
    with pytest.raises(Invalid, match="began more than 100 days ago and cannot be resumed"):
        world.service().check_resumable(world.campaigns.kept[campaign.id])
    assert bool(messages) != suspended
    world.resume(campaign.id)
    world.run_until_quiet()
    assert len(world.mailer.accepted) == 50
    assert world.check(campaign.id).tally == Tally(sent=50, skipped=120)
    run = world.ledger.run(key)
    assert run is not None
    assert run.state == RunState.ENDED


def test_a_run_may_be_resumed_for_a_hundred_days(world: World) -> None:
    world.add_people(170)
    campaign = world.add_campaign()
    for _ in range(3):
        world.step()
    world.suspend(campaign.id)
    world.drain()
    world.clock.move(timedelta(days=99))
    world.service().check_resumable(world.campaigns.kept[campaign.id])
    world.resume(campaign.id)
    world.drain()
    assert world.check(campaign.id).tally == Tally(sent=170)


@pytest.mark.deep
def test_ten_thousand_recipients_with_deaths_and_repeats_on_the_way(make_world: Callable[..., World]) -> None:
    world = make_world(rate=5000)
    world.add_people(10_000)
    campaign = world.add_campaign()
    world.traps.kill("after queue.send", nth=12)
    world.traps.kill("after mailer.send", nth=1234)
    world.traps.kill("before ledger.store_outcomes", nth=90)
    world.traps.kill("after ledger.store_outcomes", nth=120)
    world.traps.kill("after ledger.add_block", nth=5)
    world.run_until_quiet_keeping_traps()
    totals = world.check(campaign.id)
    assert totals.planned == 10_000
    assert totals.tally.unknown <= 2 * rules.CHUNK_SIZE
    assert totals.tally.sent == 10_000 - totals.tally.unknown
