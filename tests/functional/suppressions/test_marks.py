"""A suppressed address never gets mail, even after failures between the entry and the marks on contacts."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from postrider.contacts.bulk_writer import ContactBulkWriter
from postrider.contacts.repository import ContactRepository
from postrider.contacts.service import ContactService
from postrider.storage.page_markers import PageMarkers
from postrider.suppressions.model import SuppressionSource
from postrider.suppressions.repository import SuppressionRepository
from postrider.suppressions.service import FRESH_FOR, INDEXED_WITHIN, READ_AGAIN_AFTER, RECENT, SuppressionService
from postrider.usecases.suppress_address import AddressSuppression
from tests.functional.contacts.making import AnyGroups, AnyInterests
from tests.functional.imports.test_imports import ImportWorld

EMAIL = "a@example.com"
WISH = SuppressionSource.GLOBAL_UNSUBSCRIBE


class Crash(BaseException):
    """No handler catches it, as none catches the end of a process."""


@dataclass
class Meanwhile:
    """The suppressions as somebody sees them who is overtaken: right after the first look EMAIL is suppressed."""

    world: ImportWorld
    crash_at_look: int = 0
    looks: int = field(default=0, init=False)

    def suppressed(self, account_id, addresses):
        found = self.world.suppressions.suppressed(account_id, addresses)
        self.looks += 1
        if self.looks == 1:
            self.world.suppression.suppress(account_id, EMAIL, WISH)
        return found

    def additions(self, account_id):
        if self.looks and self.looks == self.crash_at_look:
            raise Crash
        return self.world.suppressions.additions(account_id)


class Marks:
    """Mark contacts, but for what `before` and `after` do around it."""

    def __init__(self, world, *, before=None, after=None):
        self.world, self.before, self.after = world, before, after

    def mark_suppressed(self, account_id, list_ids, address, suppression):
        if self.before is not None:
            self.before(suppression)
        marked = self.world.contacts.mark_suppressed(account_id, list_ids, address, suppression)
        if self.after is not None:
            self.after(suppression)
        return marked


@pytest.fixture
def world(standin):
    return ImportWorld()


def suppressions_of(world, repository=None):
    repository = repository or SuppressionRepository(b"root")
    return SuppressionService(repository, PageMarkers(world.clock), world.clock)


def suppression_by(world, marks, repository=None):
    return AddressSuppression(suppressions_of(world, repository), world.lists, marks)


def contacts_of(world, suppressions, repository=None):
    repository = repository or world.repository
    return ContactService(
        repository, world.lists, world.attributes, AnyGroups(), AnyInterests(), suppressions, world.clock
    )


def bulk_writer_of(world, suppressions):
    return ContactBulkWriter(
        world.repository,
        world.contacts,
        suppressions,
        world.clock,
        change_recorder=world.memory,
        confirmations=world.memory,
    )


def found(world, email=EMAIL):
    return world.contacts.find(world.account_id, world.list_id, email)


def is_mailed(world, email=EMAIL):
    """As a sender sees it that starts when entries are no longer recent."""
    world.clock.move(2 * RECENT)
    return not suppressions_of(world).blocking(world.account_id).stops(found(world, email))


def mailable(world):
    return world.contacts.mailable(world.account_id, world.list_id)


def die(suppressed):
    raise Crash


def test_a_suppression_overtakes_an_import(world):
    started = world.start(EMAIL, "b@example.com")
    world.run(started, bulk_writer_of(world, Meanwhile(world)))
    assert not is_mailed(world)
    assert is_mailed(world, "b@example.com")
    assert (world.counts(), mailable(world)) == ({"active": 2}, 1)


def test_a_repeated_import_marks_contacts_that_were_suppressed_before_its_crash(world):
    started = world.start(EMAIL, "b@example.com")
    with pytest.raises(Crash):
        world.run(started, bulk_writer_of(world, Meanwhile(world, crash_at_look=1)))
    assert not found(world).suppressed
    world.run(started)
    assert not is_mailed(world)
    assert (world.counts(), mailable(world)) == ({"active": 2}, 1)


def test_a_suppression_overtakes_the_creation_of_a_contact(world):
    contact = contacts_of(world, Meanwhile(world)).upserts.create(world.account_id, world.list_id, email=EMAIL)
    assert contact == found(world)
    assert not is_mailed(world)


def test_a_suppression_overtakes_a_change_to_its_address(world):
    contact = world.add("before@example.com")
    stored = contacts_of(world, Meanwhile(world)).upserts.patch(
        world.account_id, world.list_id, contact.id, email=EMAIL
    )
    assert stored == found(world)
    assert not is_mailed(world)


def test_a_contact_with_a_new_address_is_not_marked(world):
    class Overtaken(ContactRepository):
        def of_address(self, account_id, list_ids, address):
            found = super().of_address(account_id, list_ids, address)
            world.contacts.upserts.patch(world.account_id, world.list_id, contact.id, email="new@example.com")
            return found

    contact = world.add(EMAIL)
    marks = contacts_of(world, world.suppressions, Overtaken())
    suppression_by(world, marks).suppress(world.account_id, EMAIL)
    assert is_mailed(world, "new@example.com")


def test_a_suppression_holds_although_its_marking_was_interrupted(world):
    world.add(EMAIL)
    with pytest.raises(Crash):
        suppression_by(world, Marks(world, before=die)).suppress(world.account_id, EMAIL, WISH)
    assert not found(world).suppressed
    assert not is_mailed(world)


def test_a_repeated_suppression_marks_the_remaining_contacts(world):
    world.add(EMAIL)
    with pytest.raises(Crash):
        suppression_by(world, Marks(world, before=die)).suppress(world.account_id, EMAIL, WISH)
    world.suppression.suppress(world.account_id, EMAIL, WISH)
    assert found(world).suppressed


def test_a_request_of_a_person_during_a_removal_holds(world):
    world.add(EMAIL)
    world.suppression.suppress(world.account_id, EMAIL)
    wishes = iter([WISH])

    def wish(suppressed):
        for source in wishes:
            world.suppression.suppress(world.account_id, EMAIL, source)

    suppression_by(world, Marks(world, before=wish)).lift(world.account_id, EMAIL)
    assert found(world).suppressed
    assert not is_mailed(world)


def test_a_request_of_a_person_during_an_interrupted_removal_holds(world):
    world.add(EMAIL)
    world.suppression.suppress(world.account_id, EMAIL)
    removing = suppression_by(
        world, Marks(world, before=lambda _: world.suppression.suppress(world.account_id, EMAIL, WISH), after=die)
    )
    with pytest.raises(Crash):
        removing.lift(world.account_id, EMAIL)
    assert not found(world).suppressed
    assert not is_mailed(world)


def test_a_request_of_a_person_holds_although_its_entry_is_removed_meanwhile(world):
    class Overtaken(SuppressionRepository):
        def strengthen(self, account_id, pattern, source):
            if entry := self.get(account_id, pattern):
                self.remove(entry)
            return super().strengthen(account_id, pattern, source)

    world.suppression.suppress(world.account_id, EMAIL)
    suppression_by(world, Marks(world), Overtaken(b"root")).suppress(world.account_id, EMAIL, WISH)
    [entry] = world.suppressions.among(world.account_id, [EMAIL])
    assert entry.source == WISH


def test_an_address_without_its_suppression_is_mailed_again(world):
    world.add(EMAIL)
    world.suppression.suppress(world.account_id, EMAIL)
    assert not is_mailed(world)
    world.suppression.lift(world.account_id, EMAIL)
    assert is_mailed(world)


def test_the_next_call_deletes_old_notes_of_interrupted_calls(world):
    world.add(EMAIL)
    with pytest.raises(Crash):
        suppression_by(world, Marks(world, before=die)).suppress(world.account_id, EMAIL)
    world.clock.move(RECENT + timedelta(seconds=1))
    world.suppression.suppress(world.account_id, EMAIL)
    assert SuppressionRepository(b"root").beside_marks(world.account_id) == []


def test_a_sender_reads_the_entries_of_the_last_hour_once_a_minute_and_only_later_ones_in_between(world):
    class Watched(SuppressionRepository):
        spans: list[timedelta] = []

        def since(self, account_id, moment):
            self.spans.append(world.clock() - moment)
            return super().since(account_id, moment)

    sender = SuppressionService(Watched(b"root"), PageMarkers(b"root"), world.clock)
    world.suppression.suppress(world.account_id, EMAIL)
    assert sender.blocking(world.account_id).covers(EMAIL)
    world.clock.move(3 * FRESH_FOR)
    world.suppression.suppress(world.account_id, "b@example.com")
    assert [sender.blocking(world.account_id).covers(email) for email in (EMAIL, "b@example.com")] == [True, True]
    world.suppression.lift(world.account_id, EMAIL)
    world.clock.move(READ_AGAIN_AFTER)
    assert [sender.blocking(world.account_id).covers(email) for email in (EMAIL, "b@example.com")] == [False, True]
    assert Watched.spans == [RECENT, INDEXED_WITHIN + 3 * FRESH_FOR, RECENT]
