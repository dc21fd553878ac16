"""Values and consent of a merged contact."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrider.contacts import rules
from postrider.contacts.merging import merged
from postrider.contacts.model import Contact, Status, SuppressionMark, WithdrawnBy
from postrider.kit.errors import Invalid
from postrider.suppressions.model import SuppressionSource

MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def contact(number=1, *, address="", status=None, **values):
    return Contact(
        account_id="1",
        list_id=2,
        id=number,
        email=address,
        address=address,
        status=Status(status or ("active" if address else "unaddressed")),
        subscribed_at=MOMENT,
        updated_at=MOMENT,
        **values,
    )


def test_the_kept_contact_gets_missing_values_of_the_dropped_contact():
    kept = contact(1, external_id="7", attributes={1: "a"}, groups=frozenset({1}))
    dropped = contact(
        2,
        address="b@example.com",
        external_id="8",
        attributes={1: "b", 2: "c"},
        groups=frozenset({2}),
        interests=frozenset({3}),
    )
    after = merged(kept, dropped)
    assert (after.id, after.external_id, after.email, after.status) == (1, "7", "b@example.com", "active")
    assert (after.attributes, after.groups, after.interests) == ({1: "a", 2: "c"}, {1, 2}, {3})
    assert merged(contact(3, address="a@example.com"), dropped).address == "a@example.com"
    assert merged(contact(3, address="a@example.com"), dropped).external_id == "8"


def test_an_address_comes_with_its_bounces_and_its_suppression():
    mark = SuppressionMark(source=SuppressionSource.MANUAL, since=MOMENT)
    dropped = contact(
        2, address="b@example.com", mark=mark, hard_bounced=True, status="invalid", withdrawn_by=WithdrawnBy.BOUNCE
    )
    after = merged(contact(1, external_id="7"), dropped)
    assert (after.mark, after.hard_bounced, after.status) == (mark, True, "invalid")
    assert merged(contact(1, address="a@example.com"), dropped).status == "active", "another mailbox"


STATES = [
    (Status.ACTIVE, None),
    (Status.INVALID, WithdrawnBy.BOUNCE),
    (Status.FLAGGED, WithdrawnBy.COMPLAINT),
    *((status, by) for status in (Status.PENDING, Status.UNSUBSCRIBED, Status.ARCHIVED) for by in (None, *WithdrawnBy)),
]
CONTACTS = st.builds(
    lambda has_address, state, source: contact(
        1,
        address="1@example.com" if has_address else "",
        status=state[0] if has_address else None,
        withdrawn_by=state[1],
        mark=SuppressionMark(source=source, since=MOMENT) if source and has_address else None,
    ),
    st.booleans(),
    st.sampled_from(STATES),
    st.sampled_from([None, *SuppressionSource]),
)


@settings(max_examples=60)
@given(CONTACTS, CONTACTS)
def test_the_stricter_consent_wins(kept, other):
    dropped = replace(other, id=2, address=other.address.replace("1@", "2@"), email=other.email.replace("1@", "2@"))
    after = merged(kept, dropped)
    assert (after.status == Status.UNADDRESSED) == (not after.has_address)
    if rules.has_left(kept) or rules.has_left(dropped):
        assert rules.has_left(after)
        assert not after.is_mailable
    if after.is_mailable:
        assert (kept if kept.has_address else dropped).is_mailable, "a merge makes nobody mailable"
    if WithdrawnBy.PERSON in (kept.withdrawn_by, dropped.withdrawn_by):
        assert after.withdrawn_by in (WithdrawnBy.PERSON, WithdrawnBy.COMPLAINT), (
            "the account cannot undo what the person did"
        )


def test_only_two_contacts_of_one_list_are_merged():
    first = contact(1, address="a@example.com")
    for other in (first, replace(first, id=2, list_id=3), replace(first, id=2, account_id="2")):
        with pytest.raises(Invalid):
            merged(first, other)
