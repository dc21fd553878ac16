"""The way of contacts through a workflow: who gets which mail, when, and once."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.contacts.model import WithdrawnBy
from postrider.mail_events.model import EventType
from postrider.suppressions.model import SuppressionSource
from postrider.workflows.model import ActionCondition, Trigger
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner
from tests.testing.factories.journeys import Step, make_journey, pass_time

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TREE = (
    Step(),
    Step(parent=0, condition=ActionCondition.OPENED, delay_s=3600),
    Step(parent=0, condition=ActionCondition.NOT_OPENED, delay_s=3600),
    Step(parent=1, condition=ActionCondition.CLICKED, delay_s=86400),
)


def people(owner: Owner, list_id: int, count: int) -> list[int]:
    create = bootstrap.contacts().upserts.create
    return [
        create(owner.account_id, list_id, email=f"person-{number}.{list_id}@example.com").id for number in range(count)
    ]


def test_each_contact_gets_the_mails_of_the_branches_that_match_its_opens_and_clicks(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    opener, clicker, idle, leaver = people(owner, list_id, 4)
    journey = make_journey(owner, list_id, TREE)
    journey.enter(opener, clicker, idle, leaver)
    pass_time(platform, MINUTE)
    assert journey.got(mailer) == {(0, contact_id, 1): 1 for contact_id in (opener, clicker, idle, leaver)}
    assert sorted(journey.waiting()) == sorted(
        (place, contact_id) for place in (1, 2) for contact_id in (opener, clicker, idle, leaver)
    )
    journey.did(EventType.OPENED, 0, opener)
    journey.did(EventType.CLICKED, 0, clicker)
    journey.did(EventType.OPENED, 0, idle, is_bot=True)
    bootstrap.contacts().unsubscribe(owner.account_id, list_id, leaver, by=WithdrawnBy.PERSON)
    pass_time(platform, HOUR + MINUTE)
    journey.did(EventType.OPENED, 0, idle)  # too late
    journey.did(EventType.CLICKED, 1, clicker)
    pass_time(platform, 2 * DAY)
    second = {(1, opener, 1): 1, (1, clicker, 1): 1, (2, idle, 1): 1, (3, clicker, 1): 1}
    assert journey.got(mailer) == {(0, contact_id, 1): 1 for contact_id in (opener, clicker, idle, leaver)} | second
    assert journey.waiting() == []
    assert platform.runner.open == {}, "nobody waits, so nothing runs"


def test_a_delay_ends_at_the_first_whole_minute_after_it(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    (one,) = people(owner, list_id, 1)
    journey = make_journey(owner, list_id, [Step(delay_s=90)])
    began = platform.clock()
    journey.enter(one)
    pass_time(platform, timedelta(seconds=89))
    assert not journey.got(mailer)
    pass_time(platform, 2 * MINUTE)
    ((moment, _, _),) = mailer.accepted
    assert timedelta(seconds=90) <= moment - began <= timedelta(seconds=150)


def test_an_event_lets_a_contact_enter_once_and_nobody_enters_twice_at_a_time(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    first, second = people(owner, list_id, 2)
    journey = make_journey(owner, list_id, [Step(), Step(parent=0, delay_s=3600)])
    for _ in range(2):
        journey.enter(first, event_id="a")
    journey.enter(first, second, event_id="b")  # the first is inside
    pass_time(platform, 2 * HOUR)
    journey.enter(first, event_id="a")
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer) == {(place, contact_id, 1): 1 for place in (0, 1) for contact_id in (first, second)}


def test_a_contact_that_enters_again_gets_the_mails_again(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    """The rows of the first entry decide nothing in the second one."""
    (one,) = people(owner, list_id, 1)
    steps = [Step(), Step(parent=0, condition=ActionCondition.NOT_OPENED, delay_s=3600)]
    journey = make_journey(owner, list_id, steps)
    journey.enter(one)
    pass_time(platform, MINUTE)
    journey.did(EventType.OPENED, 0, one)
    pass_time(platform, 2 * HOUR)
    journey.enter(one)
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer) == {(0, one, 1): 1, (0, one, 2): 1, (1, one, 2): 1}


@pytest.mark.parametrize(
    "way", ["unsubscribed", "bounced", "complained", "suppressed", "suppressed_and_lifted", "deleted"]
)
def test_a_contact_that_ceases_to_be_mailable_leaves_for_good(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int, way: str
) -> None:
    """The contact may get mail again before the next mail is due, but only a new event lets it enter again."""
    leaver, other = people(owner, list_id, 2)
    journey = make_journey(owner, list_id, [Step(), Step(parent=0, delay_s=3600)])
    journey.enter(leaver, other)
    pass_time(platform, MINUTE)
    _leave(owner.account_id, list_id, leaver, way)
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer) == {(0, leaver, 1): 1, (0, other, 1): 1, (1, other, 1): 1}
    assert journey.left() == [0, 1]


def test_a_contact_whom_a_condition_does_not_fit_has_not_left(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    (one,) = people(owner, list_id, 1)
    journey = make_journey(owner, list_id, [Step(), Step(parent=0, delay_s=3600, condition=ActionCondition.OPENED)])
    journey.enter(one)
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer) == {(0, one, 1): 1}
    assert journey.left() == [0, 0]


def _leave(account_id: str, list_id: int, contact_id: int, way: str) -> None:
    contacts, suppression = bootstrap.contacts(), bootstrap.address_suppression()
    email = contacts.get(account_id, list_id, contact_id).email
    match way:
        case "unsubscribed":
            contacts.unsubscribe(account_id, list_id, contact_id)
            contacts.resubscribe(account_id, list_id, contact_id)
        case "bounced":
            contacts.mark_bounced(account_id, list_id, contact_id, kind="hard", hard=True, event_id="b")
        case "complained":
            contacts.mark_complained(account_id, list_id, contact_id, event_id="c")
        case "deleted":
            contacts.delete(account_id, list_id, contact_id)
        case _:
            suppression.suppress(account_id, email, SuppressionSource.MANUAL)
            if way == "suppressed_and_lifted":
                suppression.lift(account_id, email)


def test_deactivation_stops_waiting_contacts(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    """Waiting contacts leave: another activation does not continue their entries, and lets them enter again."""
    (one,) = people(owner, list_id, 1)
    journey = make_journey(owner, list_id, [Step(), Step(parent=0, delay_s=3600)])
    journey.enter(one)
    pass_time(platform, MINUTE)
    journey.deactivate()
    assert platform.runner.open == {}
    assert journey.waiting() == []
    journey.activate()
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer) == {(0, one, 1): 1}
    journey.enter(one)
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer) == {(0, one, 1): 1, (0, one, 2): 1, (1, one, 2): 1}


def test_the_sweeper_does_the_work_of_executions_that_died(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    (one,) = people(owner, list_id, 1)
    journey = make_journey(owner, list_id, [Step(delay_s=600), Step(parent=0, delay_s=3600)])
    journey.enter(one)
    platform.runner.fail_all()
    for _ in range(90):
        platform.clock.move(MINUTE)
        platform.sweep()
        platform.drain()
        platform.runner.fail_all()
    assert journey.got(mailer) == {(0, one, 1): 1, (1, one, 1): 1}


def test_the_account_takes_a_contact_out(platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int) -> None:
    removed, other = people(owner, list_id, 2)
    journey = make_journey(owner, list_id, [Step(), Step(parent=0, delay_s=3600)])
    journey.enter(removed, other)
    pass_time(platform, MINUTE)
    bootstrap.journeys().remove(owner.account_id, journey.workflow.id, removed)
    assert journey.waiting() == [(1, other)]
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer)[1, removed, 1] == 0
    journey.enter(removed)
    pass_time(platform, 2 * HOUR)
    assert journey.got(mailer)[1, removed, 2] == 1


def test_people_who_unsubscribe_get_the_first_mail_only(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    left, suppressed, back = people(owner, list_id, 3)
    journey = make_journey(owner, list_id, [Step(delay_s=600), Step(parent=0)], trigger=Trigger.UNSUBSCRIBED)
    contacts = bootstrap.contacts()
    for contact_id in (left, suppressed, back):
        contacts.unsubscribe(owner.account_id, list_id, contact_id, by=WithdrawnBy.PERSON)
    journey.enter(left, suppressed, back)
    email = contacts.get(owner.account_id, list_id, suppressed).email
    bootstrap.address_suppression().suppress(owner.account_id, email, SuppressionSource.MANUAL)
    contacts.resubscribe(owner.account_id, list_id, back)
    pass_time(platform, HOUR)
    assert journey.got(mailer) == {(0, left, 1): 1}


def test_a_segment_is_checked_at_the_entry(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    inside, outside = people(owner, list_id, 2)
    answer = owner.api.post(
        f"/lists/{list_id}/segments", json={"name": "A", "query": f'email = "person-0.{list_id}@example.com"'}
    )
    assert answer.status == 201, answer.text
    journey = make_journey(owner, list_id, [Step()], segment_id=int(answer.json["id"]))
    journey.enter(inside, outside)
    pass_time(platform, MINUTE)
    assert journey.got(mailer) == {(0, inside, 1): 1}
