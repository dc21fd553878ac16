"""Consent and bounces, as laws that hold whatever happens in whatever order."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.contacts import rules
from postrider.contacts.model import (
    NEVER_BOUNCED,
    Contact,
    DoubleOptIn,
    Status,
    StatusChange,
    SuppressionMark,
    WithdrawnBy,
)
from postrider.filters.schema import BOUNCE_CODES
from postrider.kit.errors import Invalid
from postrider.mail_events.model import BOUNCES, EventType
from postrider.suppressions.model import SuppressionSource

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
STATUS_CHANGES = [change for change in StatusChange if change != StatusChange.SUBSCRIBE]
MARK = SuppressionMark(source=SuppressionSource.MANUAL, since=MOMENT)
ALIVE = [status for status in Status if status != Status.DELETED]


def contact(**values):
    fixed = {"account_id": "1", "list_id": 1, "id": 1024, "email": "a@example.com", "address": "a@example.com"}
    return Contact(**{**fixed, "status": Status.ACTIVE, "subscribed_at": MOMENT, "updated_at": MOMENT, **values})


contacts = st.builds(
    contact,
    status=st.sampled_from(ALIVE),
    soft_bounces=st.integers(0, 5),
    hard_bounced=st.booleans(),
    mark=st.sampled_from([None, MARK]),
)
modes = st.sampled_from(list(DoubleOptIn))


@given(contacts, st.sampled_from([Status.ACTIVE, Status.UNSUBSCRIBED]), modes)
def test_an_import_makes_nobody_active(before, target, mode):
    after = rules.imported_again(before, target, mode)
    assert after.status == before.status or after.status in (Status.UNSUBSCRIBED, Status.PENDING)
    if before.status in (Status.UNSUBSCRIBED, Status.INVALID, Status.FLAGGED):
        assert after.status in (before.status, Status.UNSUBSCRIBED)


@given(contacts, modes, st.booleans())
def test_adding_again_leaves_the_flagged_and_the_invalid_as_they_are(before, mode, resubscribe):
    after = rules.added_again(before, mode, resubscribe=resubscribe)
    if before.status in (Status.FLAGGED, Status.INVALID):
        assert after.status == before.status
    if not resubscribe:
        assert after.status in (before.status, Status.PENDING)
        if before.status == Status.UNSUBSCRIBED:
            assert after.status == Status.UNSUBSCRIBED


@given(contacts, modes.filter(lambda mode: mode != DoubleOptIn.NEVER), st.booleans())
def test_a_confirmation_request_activates_nobody(before, mode, resubscribe):
    after = rules.added_again(before, mode, resubscribe=resubscribe)
    had_left = before.status in (Status.UNSUBSCRIBED, Status.ARCHIVED)
    came_back = mode == DoubleOptIn.NEW and had_left and resubscribe
    assert after.status != Status.ACTIVE or before.status == Status.ACTIVE or came_back


@given(contacts, modes, st.booleans())
def test_contacts_that_cannot_subscribe_get_no_confirmation_request(before, mode, resubscribe):
    asked = rules.needs_confirmation(before, mode, resubscribe=resubscribe)
    if before.suppressed or before.status in (Status.FLAGGED, Status.INVALID):
        assert not asked
    if asked:
        assert rules.added_again(before, mode, resubscribe=resubscribe).status == Status.PENDING


@given(
    contacts,
    st.lists(st.sampled_from(["bounce", "hard", "unsubscribe", "confirm", "resubscribe", *STATUS_CHANGES]), max_size=8),
)
def test_a_complaint_is_final(before, events):
    after = rules.complained(before)
    for number, event in enumerate(events):
        match event:
            case "bounce" | "hard":
                after = rules.bounced(after, "soft", hard=event == "hard", event_id=str(number))
            case "unsubscribe":
                after = rules.unsubscribed(after)
            case "confirm":
                after = rules.confirmed(after)
            case StatusChange():
                after = rules.with_status_change(after, event, WithdrawnBy.ACCOUNT)
            case _:
                after = rules.resubscribed(after)
    assert after.status == Status.FLAGGED


def test_the_cause_of_a_withdrawal_is_stored_until_the_next_consent():
    for leave, status, by in (
        (lambda c: rules.unsubscribed(c, WithdrawnBy.PERSON), Status.UNSUBSCRIBED, WithdrawnBy.PERSON),
        (lambda c: rules.unsubscribed(c, WithdrawnBy.ACCOUNT), Status.UNSUBSCRIBED, WithdrawnBy.ACCOUNT),
        (rules.complained, Status.FLAGGED, WithdrawnBy.COMPLAINT),
        (lambda c: rules.bounced(c, "hard", hard=True, event_id="e"), Status.INVALID, WithdrawnBy.BOUNCE),
    ):
        left = leave(contact())
        assert (left.status, left.withdrawn_by) == (status, by)
        back = rules.confirmed(left)
        assert (back.withdrawn_by is None) == (back.status == Status.ACTIVE)
    by_both = rules.unsubscribed(rules.unsubscribed(contact(), WithdrawnBy.PERSON), WithdrawnBy.ACCOUNT)
    assert by_both.withdrawn_by == WithdrawnBy.PERSON, "the account does not take the place of the person"


@given(contacts, modes, st.booleans())
def test_every_act_on_consent_ends_the_links_before_it(before, mode, resubscribe):
    for after in (
        rules.unsubscribed(before, WithdrawnBy.PERSON),
        rules.confirmed(before),
        rules.resubscribed(before),
        rules.complained(before),
        rules.added_again(before, mode, resubscribe=resubscribe),
        rules.imported_again(before, Status.UNSUBSCRIBED, mode),
    ):
        assert after.status == before.status or after.consent_number > before.consent_number


@given(contacts, st.booleans())
def test_the_same_bounce_counts_once(before, hard):
    once = rules.bounced(before, "soft", hard=hard, event_id="e")
    assert rules.bounced(once, "soft", hard=hard, event_id="e") == once
    assert once.bounces_count == before.bounces_count + 1
    if before.status in (Status.UNSUBSCRIBED, Status.FLAGGED, Status.INVALID):
        assert once.status == before.status


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (["soft", "mailbox_full"], "active"),
        (["soft", "mailbox_full", "transient"], "invalid"),
        (["auto_reply"] * 9, "active"),
    ],
)
def test_three_soft_bounces_are_too_many(kinds, status):
    after = contact()
    for number, kind in enumerate(kinds):
        after = rules.bounced(after, kind, hard=False, event_id=str(number))
    assert (after.status, after.bounces_count, after.last_bounce_type) == (status, len(kinds), kinds[-1])


def test_events_remembered_are_bounded():
    after = contact()
    for number in range(100):
        after = rules.bounced(after, "auto_reply", hard=False, event_id=str(number))
    assert len(after.bounce_events) == rules.BOUNCE_EVENTS_KEPT


def test_a_contact_that_subscribes_again_has_no_former_state():
    back = rules.confirmed(contact(status=Status.INVALID, hard_bounced=True, soft_bounces=3))
    assert (back.status, back.hard_bounced, back.soft_bounces) == (Status.ACTIVE, False, 0)


def test_only_active_and_not_suppressed_contacts_are_mailed():
    assert [status for status in ALIVE if contact(status=status).is_mailable] == [Status.ACTIVE]
    assert not contact(mark=MARK).is_mailable


def test_attributes_given_are_set_and_none_clears():
    before = contact(attributes={1: "1", 2: 2})
    assert rules.with_attributes(before, {2: None, 3: "x"}).attributes == {1: "1", 3: "x"}


def test_memberships_are_bounded():
    many = range(1, rules.MAX_TAGS + 2)
    with pytest.raises(Invalid):
        rules.with_memberships(contact(), groups=many)
    with pytest.raises(Invalid):
        rules.with_memberships(replace(contact(), interests=frozenset()), interests=many)


def test_every_class_of_bounce_is_a_type_that_contacts_keep_with_a_code_of_the_main_api():
    """In one order: listings by type have the order of the codes."""
    classes = {event.removeprefix("bounced_") for event in BOUNCES - {EventType.BOUNCED}}
    assert set(rules.BOUNCE_TYPES) == classes | {NEVER_BOUNCED} == BOUNCE_CODES.keys()
    codes = [BOUNCE_CODES[bounce_type] for bounce_type in rules.BOUNCE_TYPES]
    assert codes == sorted(codes)
