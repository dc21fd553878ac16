"""The end of delays, and the evaluation of conditions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from postrider.contacts.model import Contact, Status, SuppressionMark, WithdrawnBy
from postrider.contacts.rules import bounced, complained, confirmed, next_version, unsubscribed
from postrider.journeys import rules
from postrider.journeys.model import SkipReason
from postrider.mail_events.model import Engagement
from postrider.suppressions.model import SuppressionSource
from postrider.workflows.model import ActionCondition, Trigger

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CONTACT = Contact(
    account_id="1",
    list_id=2,
    id=3,
    email="a@example.com",
    address="a@example.com",
    status=Status.ACTIVE,
    subscribed_at=NOON,
    updated_at=NOON,
)


@pytest.mark.parametrize(
    ("second", "delay_s", "expected"),
    [(0, 60, 120), (59, 60, 120), (0, 90, 120), (31, 90, 180), (0, 5, 5), (7, 0, 7), (30, 59, 89)],
)
def test_a_delay_ends_within_the_next_minute_and_a_short_delay_exactly(second, delay_s, expected):
    start = NOON + timedelta(seconds=second)
    assert rules.due_at(start, delay_s) == NOON + timedelta(seconds=expected)
    assert rules.due_at(start, delay_s) >= start + timedelta(seconds=delay_s)


def test_contacts_are_separated_by_minute_unless_the_delay_is_shorter_than_a_minute():
    sent = {1: NOON, 2: NOON + timedelta(seconds=59), 3: NOON + timedelta(seconds=61)}
    assert rules.by_minute(sent, 60) == {NOON + timedelta(seconds=120): [1, 2], NOON + timedelta(seconds=180): [3]}
    assert rules.by_minute(sent, 5) == {NOON + timedelta(seconds=66): [1, 2, 3]}
    assert rules.by_minute({}, 60) == {}


@pytest.mark.parametrize(
    ("engagement", "fitting"),
    [
        (None, {ActionCondition.NONE, ActionCondition.NOT_OPENED, ActionCondition.NOT_CLICKED}),
        (
            Engagement(bot_opens=3, bot_clicks=3),
            {ActionCondition.NONE, ActionCondition.NOT_OPENED, ActionCondition.NOT_CLICKED},
        ),
        (Engagement(opened=(1,)), {ActionCondition.NONE, ActionCondition.OPENED, ActionCondition.NOT_CLICKED}),
        (Engagement(clicked=((1, 1),)), {ActionCondition.NONE, ActionCondition.OPENED, ActionCondition.CLICKED}),
    ],
    ids=["nothing", "machines", "an open", "a click without an open"],
)
def test_activities_of_people_decide_a_condition(engagement, fitting):
    assert {condition for condition in ActionCondition if rules.fits(condition, engagement)} == fitting


@pytest.mark.parametrize(
    "leave",
    [
        unsubscribed,
        complained,
        lambda contact: bounced(contact, "hard", hard=True, event_id="b"),
        lambda contact: replace(contact, mark=SuppressionMark(source=SuppressionSource.MANUAL, since=NOON)),
    ],
    ids=["unsubscribed", "complained", "bounced", "suppressed"],
)
def test_ceasing_to_be_mailable_ends_an_entry_for_good(leave):
    entry = rules.next_entry(None, CONTACT, activation=1, event="e", at=NOON)
    gone = next_version(CONTACT, leave(CONTACT))
    assert gone.departures == 1
    back = next_version(gone, replace(gone, status=Status.ACTIVE, mark=None))
    assert rules.refusal_of(back, entry, Trigger.SUBSCRIBED, is_blocked=False) == SkipReason.LEFT_WORKFLOW
    assert rules.refusal_of_contact(back, Trigger.SUBSCRIBED, is_blocked=False) is None, "but it may enter again"


def test_confirming_once_more_ends_nothing():
    entry = rules.next_entry(None, CONTACT, activation=1, event="e", at=NOON)
    again = next_version(CONTACT, confirmed(CONTACT))
    assert again.consent_number > CONTACT.consent_number
    assert rules.refusal_of(again, entry, Trigger.SUBSCRIBED, is_blocked=False) is None


def test_mails_of_the_trigger_unsubscribed_go_to_unsubscribed_contacts_only():
    left = next_version(CONTACT, unsubscribed(CONTACT, WithdrawnBy.PERSON))
    entry = rules.next_entry(None, left, activation=1, event="e", at=NOON)
    refusal = rules.refusal_of
    assert refusal(left, entry, Trigger.UNSUBSCRIBED, is_blocked=False) is None
    assert refusal(left, entry, Trigger.UNSUBSCRIBED, is_blocked=True) == SkipReason.SUPPRESSED
    assert refusal(CONTACT, entry, Trigger.UNSUBSCRIBED, is_blocked=False) == "active"
    dead = bounced(left, "hard", hard=True, event_id="b")
    assert refusal(dead, entry, Trigger.UNSUBSCRIBED, is_blocked=False) == SkipReason.BOUNCED
    assert refusal(complained(left), entry, Trigger.UNSUBSCRIBED, is_blocked=False) == "flagged"
