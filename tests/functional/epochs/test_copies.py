"""A restored copy sends nothing, until an operator takes it up.

What makes tables a copy is the identity that they hold: that of the tables that they were copied from.
"""

from datetime import timedelta

import pytest

from functions.ops.take_up_restored_tables.handler import lambda_handler as take_up_handler
from functions.schedules.sweep_outbox.handler import lambda_handler as sweep_outbox
from postrider import bootstrap
from postrider.adapters.memory import MemoryQueue
from postrider.adapters.web_calls import HttpWebCaller
from postrider.epochs import service as epochs
from postrider.epochs.model import Epoch
from postrider.epochs.repository import EpochRepository
from postrider.kit.errors import Invalid
from postrider.kit.settings import names
from postrider.usecases.take_up_restored_tables import REASON
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.forms import mails_to
from tests.testing.factories.journeys import Step, make_journey
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.webhooks import make_webhook
from tests.testing.grants import acting_as
from tests.testing.overrides import overridden
from tests.testing.receivers import receiver
from tests.testing.standin import lambda_context


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def copy_made(platform):
    """Make the tables a copy; they are original ones again afterwards."""

    def make():
        EpochRepository().replace(Epoch(identity="another deployment", since=platform.clock()))
        bootstrap.reset()

    yield make
    EpochRepository().replace(Epoch(identity=names().identity, since=platform.clock()))
    bootstrap.reset()


def take_up(**event):
    with acting_as("functions.ops.take_up_restored_tables.handler"):
        answer = take_up_handler(event, lambda_context("take-up-restored-tables"))
    bootstrap.reset()  # as another process, or this one after 30 seconds
    return answer


def pass_minutes(platform, minutes):
    for _ in range(minutes):
        platform.clock.move(timedelta(minutes=1))
        platform.ring()
        platform.wake()
        platform.sweep()
        platform.drain()


def addresses(owner, count=3):
    return [f"reader{number}.{owner.account_id}@example.com" for number in range(count)]


def mails(platform, owner):
    return [len(mails_to(platform, address)) for address in addresses(owner)]


def campaign_underway(owner, platform):
    """A campaign whose chunks are on the queue when the copy is made."""
    list_id = make_list(owner)
    add_contacts(owner, list_id, *addresses(owner))
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain("plan-runs")
    return campaign_id


def campaign(owner, campaign_id):
    return owner.api.get(f"/campaigns/{campaign_id}").json["data"]


def test_the_first_owner_makes_new_tables_those_of_the_deployment(platform, owner):
    assert EpochRepository().get().identity == names().identity
    assert names().identity == "111122223333/eu-central-1/postrider/"


def test_an_owner_made_later_does_not_take_up_a_copy(copy_made):
    copy_made()
    make_owner()
    assert not bootstrap.epochs().can_send()


def test_a_process_reads_the_epoch_once_if_it_may_send_and_every_half_minute_otherwise(
    platform, copy_made, monkeypatch
):
    now = [1000.0]
    monkeypatch.setattr(epochs.time, "monotonic", lambda: now[0])
    reads = []
    get = EpochRepository.get
    monkeypatch.setattr(EpochRepository, "get", lambda self: reads.append(1) or get(self))
    assert [bootstrap.epochs().can_send() for _ in range(3)] == [True] * 3
    copy_made()
    reads.clear()
    service = bootstrap.epochs()
    assert [service.can_send() for _ in range(3)] == [False] * 3
    assert len(reads) == 1
    EpochRepository().replace(Epoch(identity=names().identity, since=platform.clock()))
    now[0] += epochs.READ_AGAIN_AFTER_S - 1
    assert not service.can_send()
    now[0] += 1
    assert service.can_send()


def test_a_campaign_under_way_waits_and_is_suspended_when_the_copy_is_taken_up(owner, platform, copy_made):
    campaign_id = campaign_underway(owner, platform)
    copy_made()
    platform.drain()
    pass_minutes(platform, 20)
    assert mails(platform, owner) == [0, 0, 0]
    assert campaign(owner, campaign_id)["status"] == "delivering"
    assert any(str(campaign_id) in line for line in take_up()["suspended"])
    stored = bootstrap.campaigns().get(owner.account_id, campaign_id)
    assert (stored.suspended, stored.pause_reason) == (True, REASON)
    pass_minutes(platform, 20)
    assert mails(platform, owner) == [0, 0, 0]
    assert owner.api.post(f"/campaigns/{campaign_id}/resume").status == 200
    platform.drain()
    assert mails(platform, owner) == [1, 1, 1]


def test_a_campaign_under_way_goes_on_by_itself_when_the_operator_says_so(owner, platform, copy_made):
    campaign_id = campaign_underway(owner, platform)
    copy_made()
    platform.drain()
    assert take_up(resume=True) == {"suspended": []}
    pass_minutes(platform, 20)
    assert mails(platform, owner) == [1, 1, 1]
    assert campaign(owner, campaign_id)["status"] == "delivered"


def test_a_campaign_that_became_due_since_the_backup_is_suspended(owner, platform, copy_made):
    """The original may have sent the mail; the copy has no row of it."""
    list_id = make_list(owner)
    add_contacts(owner, list_id, *addresses(owner))
    campaign_id = make_campaign(owner, list_id=list_id)
    due = int((platform.clock() + timedelta(minutes=5)).timestamp())
    owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"date": due})
    copy_made()
    pass_minutes(platform, 10)
    take_up()
    pass_minutes(platform, 5)
    assert mails(platform, owner) == [0, 0, 0]
    assert campaign(owner, campaign_id)["suspended"]
    assert owner.api.post(f"/campaigns/{campaign_id}/resume").status == 200
    pass_minutes(platform, 5)
    assert mails(platform, owner) == [1, 1, 1]


def test_a_campaign_that_is_due_later_starts_when_the_copy_is_taken_up(owner, platform, copy_made):
    list_id = make_list(owner)
    add_contacts(owner, list_id, *addresses(owner))
    campaign_id = make_campaign(owner, list_id=list_id)
    due = int((platform.clock() + timedelta(minutes=5)).timestamp())
    owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"date": due})
    copy_made()
    pass_minutes(platform, 2)
    take_up()
    assert campaign(owner, campaign_id)["status"] == "scheduled"
    pass_minutes(platform, 10)
    assert mails(platform, owner) == [1, 1, 1]


def journey_underway(owner, platform):
    """Return a workflow of two mails: three contacts wait for the first one, which is due in ten minutes."""
    list_id = make_list(owner)
    contact_ids = add_contacts(owner, list_id, *addresses(owner))
    journey = make_journey(owner, list_id, [Step(delay_s=600), Step(parent=0, delay_s=3600)])
    journey.enter(*contact_ids)
    platform.drain()
    return journey


def log_of(owner, journey, place, **query):
    path = f"/logs/workflows/{journey.workflow.id}/actions/{journey.actions[place].id}"
    return owner.api.get(path, query={"with_count": "true", **query}).json


def test_contacts_whom_the_original_may_have_mailed_are_unknown_and_continue_in_the_workflow(
    owner, platform, copy_made
):
    journey = journey_underway(owner, platform)
    copy_made()
    pass_minutes(platform, 15)
    assert mails(platform, owner) == [0, 0, 0]
    take_up()
    pass_minutes(platform, 5)
    assert mails(platform, owner) == [0, 0, 0]
    unknown = log_of(owner, journey, 0, filter="additional_info==restored")
    assert (unknown["pagination"]["count"], {row["type"] for row in unknown["data"]}) == (3, {"other"})
    assert sorted(row["email"] for row in unknown["data"]) == addresses(owner)
    assert [place for place, _ in journey.waiting()] == [1, 1, 1]
    pass_minutes(platform, 60)
    assert mails(platform, owner) == [1, 1, 1]
    assert {row["type"] for row in log_of(owner, journey, 1)["data"]} == {"sent"}


@pytest.mark.parametrize(
    ("order", "first_mails"),
    [({"resume": True}, 3), ({"stopped": 5}, 3), ({"stopped": 12}, 0)],
    ids=["nothing was sent", "stopped before", "stopped after"],
)
def test_contacts_get_the_mails_that_were_due_after_the_original_had_stopped(
    owner, platform, copy_made, order, first_mails
):
    journey = journey_underway(owner, platform)
    stopped_at = platform.clock() + timedelta(minutes=order.pop("stopped", 0))
    copy_made()
    pass_minutes(platform, 15)
    take_up(**order or {"stopped_at": stopped_at.isoformat()})
    take_up()  # again changes nothing
    pass_minutes(platform, 5)
    assert sum(mails(platform, owner)) == first_mails
    assert len(log_of(owner, journey, 0)["data"]) == 3


def test_a_mail_of_a_workflow_that_was_being_sent_is_unknown(owner, platform, copy_made):
    journey = journey_underway(owner, platform)
    platform.clock.move(timedelta(minutes=11))
    platform.wake()
    platform.drain("plan-runs")
    copy_made()
    pass_minutes(platform, 2)
    take_up()
    pass_minutes(platform, 20)
    assert mails(platform, owner) == [0, 0, 0]
    assert log_of(owner, journey, 0, filter="additional_info==restored")["pagination"]["count"] == 3
    assert [place for place, _ in journey.waiting()] == [1, 1, 1]


@pytest.mark.parametrize(
    ("began_days", "restored_days", "stopped_days", "message"),
    [
        (60, None, -0.001, "in the future"),
        (60, None, 35.1, "kept for 35 days"),
        (2, None, 2.1, "may send since 20"),
        (60, 1, 1.1, "before the moment of the restored backup, 20"),
    ],
    ids=["in the future", "before any backup", "before the original began", "before the backup"],
)
def test_the_original_cannot_have_stopped_at_an_impossible_moment(
    platform, copy_made, began_days, restored_days, stopped_days, message
):
    """A wrong year would send again whatever was due since then."""
    copy_made()
    now = platform.clock()
    restored_to = now - timedelta(days=restored_days) if restored_days else None
    since = now - timedelta(days=began_days)
    EpochRepository().replace(Epoch(identity="another deployment", since=since, restored_to=restored_to))
    bootstrap.reset()
    with pytest.raises(Invalid, match=message):
        take_up(stopped_at=(now - timedelta(days=stopped_days)).isoformat())
    assert not bootstrap.epochs().can_send()


def test_the_moment_of_the_stop_contradicts_resuming(platform, copy_made):
    copy_made()
    with pytest.raises(Invalid, match="Both the moment"):
        take_up(resume=True, stopped_at=platform.clock().isoformat())
    assert not bootstrap.epochs().can_send()


def test_a_take_up_can_be_repeated_with_its_moment(platform, copy_made):
    """Then the epoch of the tables began after that moment."""
    copy_made()
    stopped_at = platform.clock().isoformat()
    platform.clock.move(timedelta(minutes=5))
    for _ in range(2):
        take_up(stopped_at=stopped_at)
    assert bootstrap.epochs().unknown_until().isoformat() == stopped_at


def test_mails_unknown_since_an_earlier_restore_remain_unknown(platform, copy_made):
    before = platform.clock() - timedelta(days=1)
    for earlier, order in ((None, {"stopped_at": before.isoformat()}), (before, {"resume": True})):
        EpochRepository().replace(Epoch(identity="another", since=before, unknown_until=earlier))
        bootstrap.reset()
        take_up(**order)
        assert bootstrap.epochs().unknown_until() == before


def test_contacts_that_enter_a_workflow_of_a_copy_wait_for_the_take_up(owner, platform, copy_made):
    """The original, which had stopped, cannot have mailed them, only the contact who waited before."""
    list_id = make_list(owner)
    before, *since = add_contacts(owner, list_id, *addresses(owner))
    journey = make_journey(owner, list_id, [Step(delay_s=60)])
    journey.enter(before)
    stopped_at = platform.clock() + timedelta(minutes=2)
    copy_made()
    platform.clock.move(timedelta(minutes=5))
    journey.enter(*since, at=platform.clock() - timedelta(minutes=2))
    pass_minutes(platform, 3)
    assert mails(platform, owner) == [0, 0, 0]
    take_up(stopped_at=stopped_at.isoformat())
    pass_minutes(platform, 5)
    assert mails(platform, owner) == [0, 1, 1]


def test_a_transactional_mail_waits(owner, platform, copy_made):
    to = addresses(owner)[0]
    content = {"subject": "Code", "html": "<p>17</p>", "encoding": "utf-8"}
    body = {"email": to, "sender": {"id": make_sender(owner)}, "content": content}
    queue = MemoryQueue()
    with overridden(queue=queue):
        assert owner.api.post("/emails", json=body).status == 201
        copy_made()
        for _ in range(3):
            (order,) = [order for _, order in queue.waiting.pop("send-transactional")]
            bootstrap.transactional_sender().send(order)
        assert mails_to(platform, to) == []
        take_up()
        queue.drain("send-transactional", bootstrap.transactional_sender().send)
        assert len(mails_to(platform, to)) == 1


def test_a_test_mail_is_refused_in_a_copy(owner, platform, copy_made):
    campaign_id = make_campaign(owner, list_id=make_list(owner))
    copy_made()
    to = addresses(owner)[0]
    answer = owner.api.post(f"/campaigns/{campaign_id}/send-test", json={"email": to})
    assert (answer.status, "restored copy" in answer.text) == (400, True)
    assert mails_to(platform, to) == []


def test_webhooks_are_called_when_the_copy_is_taken_up(platform, copy_made):
    with (
        receiver() as hook,
        overridden(web_caller=HttpWebCaller(is_loopback_allowed=True)),
    ):
        owner = make_owner()
        list_id = make_list(owner)
        make_webhook(owner, "Contact.Added", hook.url)
        add_contacts(owner, list_id, *addresses(owner, 1))
        copy_made()
        for _ in range(3):
            platform.drain()
            platform.clock.move(timedelta(minutes=5))
            sweep_outbox({}, lambda_context("sweep-outbox"))
        platform.drain()
        assert hook.calls == []
        take_up()
        sweep_outbox({}, lambda_context("sweep-outbox"))
        platform.drain()
        assert len(hook.calls) == 1
