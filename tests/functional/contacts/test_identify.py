"""Identifying a person by any identifier: what cannot be stored is left out, and the rest of the call is kept."""

import pytest

from postrider.contacts.errors import StaleContact
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Status, StatusChange, WithdrawnBy
from postrider.contacts.upsert_requests import ContactValues
from postrider.kit.errors import Invalid, NotFound
from postrider.suppressions.model import SuppressionSource
from tests.functional.contacts.making import World


@pytest.fixture
def world(platform):
    return World()


def identify(world, identifier, *, status_change=StatusChange.KEEP, **draft):
    known = Identifier.email(identifier) if isinstance(identifier, str) and "@" in identifier else identifier
    known = Identifier.external_id(known) if isinstance(known, str) else known
    attributes = {
        name: draft.pop(name) for name in list(draft) if name not in ("email", "external_id", "removes_email")
    }
    return world.contacts.upserts.identify(
        world.account_id,
        world.list_id,
        known,
        ContactValues(attributes=attributes, **draft),
        status_change=status_change,
    )


def test_an_unknown_identifier_makes_a_contact_and_a_known_one_changes_it(world):
    made = identify(world, "Ann@example.com", plan="free")
    assert (made.created, made.contact.status, made.contact.external_id) == (True, "active", None)
    again = identify(world, "ann@EXAMPLE.com", plan="pro", city="Bern")
    assert (again.created, again.contact.id, again.contact.email) == (False, made.contact.id, "Ann@example.com")
    assert world.values(again.contact) == {"plan": "pro", "city": "Bern"}
    identify(world, Identifier.contact_id(made.contact.id), plan=None, city="")
    assert world.values(made.contact) == {}
    bare = identify(world, "7")
    assert (bare.created, bare.contact.status, bare.contact.external_id) == (True, "unaddressed", "7")
    assert world.counts() == {"active": 1, "unaddressed": 1}
    assert [change.kind for change in world.memory.news] == ["added", "updated", "updated"]
    assert world.again(made.contact).version == 3


def test_the_same_call_again_changes_nothing(world):
    first = identify(world, "7", email="a@example.com", plan="free").contact
    assert identify(world, "7", email="a@example.com", plan="free").contact == first


def test_an_unknown_contact_id_creates_no_contact(world):
    with pytest.raises(NotFound):
        identify(world, Identifier.contact_id(12345), plan="free")


def test_an_id_and_an_address_come_together(world):
    by_id = identify(world, "7").contact
    assert identify(world, "7", email="a@example.com").contact.email == "a@example.com"
    assert identify(world, "a@example.com").contact.id == by_id.id
    by_address = identify(world, "b@example.com").contact
    assert identify(world, "b@example.com", external_id="8").contact.external_id == "8"
    assert identify(world, "8").contact.id == by_address.id
    adopted = identify(world, "c@example.com").contact
    assert identify(world, "9", email="c@example.com").contact.id == adopted.id
    moved = identify(world, "new@example.com", external_id="9")
    assert (moved.created, moved.contact.id, moved.contact.email) == (False, adopted.id, "new@example.com")
    assert world.counts() == {"active": 3}


def test_an_address_moves_with_its_contact(world):
    contact = identify(world, "7", email="old@example.com").contact
    assert identify(world, "7", email="new@example.com").contact.email == "new@example.com"
    assert identify(world, "new@example.com", email="last@example.com").contact.id == contact.id
    assert identify(world, "old@example.com").created


def test_an_identifier_of_another_person_stays_there(world):
    other = identify(world, "1", email="a@example.com").contact
    new = identify(world, "2", email="a@example.com", plan="free")
    assert (new.created, new.contact.email, world.values(new.contact)) == (True, "", {"plan": "free"})
    identify(world, "3", email="c@example.com")
    kept = identify(world, "3", email="a@example.com", plan="pro").contact
    assert (kept.email, world.values(kept)) == ("c@example.com", {"plan": "pro"})
    assert identify(world, "c@example.com", external_id="1").contact.external_id == "3"
    assert identify(world, "c@example.com", external_id="4").contact.external_id == "3", "an id is kept"
    assert identify(world, Identifier.contact_id(kept.id), external_id="1").contact.external_id == "3"
    assert identify(world, Identifier.contact_id(kept.id), external_id="4").contact.external_id == "4"
    assert world.again(other) == other


def test_an_address_is_taken_away_where_an_id_is_left(world):
    contact = identify(world, "7", email="a@example.com").contact
    assert identify(world, "7", removes_email=True).contact.status == Status.UNADDRESSED
    assert identify(world, "a@example.com").contact.id != contact.id
    named = identify(world, "b@example.com", removes_email=True).contact
    assert named.email == "b@example.com", "nothing else names the contact"


def test_an_erased_address_is_not_stored(world):
    world.suppressions.erase(world.account_id, "gone@example.com")
    assert identify(world, "gone@example.com", plan="free") is None
    assert world.counts() == {}
    bare = identify(world, "7", email="gone@example.com", plan="free").contact
    assert (bare.email, bare.status, world.values(bare)) == ("", "unaddressed", {"plan": "free"})
    kept = identify(world, "8", email="here@example.com").contact
    assert identify(world, "8", email="gone@example.com").contact.email == kept.email


def leave(world, contact):
    key = world.account_id, world.list_id, contact.id
    return {
        "person": lambda: world.contacts.unsubscribe(*key, by=WithdrawnBy.PERSON),
        "complaint": lambda: world.contacts.mark_complained(*key, event_id="c"),
        "bounce": lambda: world.contacts.mark_bounced(*key, kind="hard", hard=True, event_id="b"),
        "suppression": lambda: (
            world.suppression.suppress(world.account_id, contact.address, SuppressionSource.GLOBAL_UNSUBSCRIBE)
            and world.contacts.unsubscribe(*key)
        ),
    }


@pytest.mark.parametrize("reason", ["person", "complaint", "bounce", "suppression"])
def test_a_refused_status_change_is_ignored(world, reason):
    contact = identify(world, "7", email="a@example.com").contact
    leave(world, contact)[reason]()
    before = world.again(contact)
    after = identify(world, "7", status_change=StatusChange.SUBSCRIBE, plan="free").contact
    assert (after.status, after.withdrawn_by, after.is_mailable) == (before.status, before.withdrawn_by, False)
    assert world.values(contact) == {"plan": "free"}


def test_the_account_can_undo_its_own_status_change(world):
    contact = identify(world, "7", email="a@example.com", status_change=StatusChange.UNSUBSCRIBE).contact
    assert (contact.status, contact.withdrawn_by) == ("unsubscribed", WithdrawnBy.ACCOUNT)
    assert identify(world, "7", status_change=StatusChange.SUBSCRIBE).contact.status == "active"
    identify(world, "8", status_change=StatusChange.UNSUBSCRIBE)
    assert identify(world, "8", email="b@example.com").contact.status == "unsubscribed"
    kinds = [change.kind for change in world.memory.news]
    assert kinds == ["added", "resubscribed", "added"]


def test_two_concurrent_calls_create_a_single_contact(world, monkeypatch):
    create, calls = world.repository.create, []

    def create_after_another_call(contact, **options):
        if not calls:
            calls.append(contact)
            identify(world, "7", email="a@example.com", plan="free")
            raise StaleContact
        create(contact, **options)

    monkeypatch.setattr(world.repository, "create", create_after_another_call)
    contact = identify(world, "7", email="a@example.com", city="Bern").contact
    assert world.counts() == {"active": 1}
    assert world.values(contact) == {"plan": "free", "city": "Bern"}


@pytest.mark.parametrize(("identifier", "draft"), [("no@address", {}), ("7", {"email": "x"}), ("7", {"": "value"})])
def test_invalid_values_are_refused(world, identifier, draft):
    with pytest.raises(Invalid):
        identify(world, identifier, **draft)
    assert world.counts() == {}
