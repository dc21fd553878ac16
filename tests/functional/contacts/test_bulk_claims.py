"""Identifiers of many people, claimed before their contacts are written: each refers to one contact."""

import pytest

from postrider import bootstrap
from postrider.contacts.bulk_claims import BulkClaims, PersonIdentifiers, _StoredIdentifiers
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.model import Status
from postrider.contacts.upserts import ContactValues
from tests.testing.factories.accounts import make_owner

ID, EMAIL = IdentifierKind.EXTERNAL_ID, IdentifierKind.EMAIL


class World:
    def __init__(self):
        self.account_id = make_owner().account_id
        self.list_id = bootstrap.lists().default(self.account_id).id
        self.key = self.account_id, self.list_id

    def reserve(self, *people, key=ID, part_key="import/0"):
        names = [PersonIdentifiers(address=address, external_id=external_id) for external_id, address in people]
        return bootstrap.contact_bulk_writer().reserve_people(*self.key, names, key, part_key=part_key)

    def write(self, reservation, part_key="import/0"):
        draft = ContactRow(
            email=reservation.address,
            address=reservation.address,
            contact_id=reservation.contact_id,
            subscribed_at=reservation.subscribed_at,
            is_new=reservation.contact is None,
            external_id=reservation.external_id,
        )
        return bootstrap.contact_bulk_writer().write(*self.key, [draft], WriteOptions(), part_key=part_key)

    def identify(self, identifier, **draft):
        return bootstrap.contact_upserts().identify(*self.key, identifier, ContactValues(**draft)).contact

    def by(self, identifier):
        return bootstrap.contacts().by_identifiers(*self.key, [identifier])[0]


@pytest.fixture
def world(platform):
    return World()


def test_a_claimed_id_is_completed_by_a_call_and_the_import_finds_the_contact(world):
    (reservation,) = world.reserve(("1", "ada@example.com"))
    contact = world.identify(Identifier.external_id("1"), attributes={"plan": "pro"})
    assert (contact.id, contact.status) == (reservation.contact_id, Status.UNADDRESSED)
    assert world.write(reservation).created == 0
    named = world.identify(Identifier.external_id("1"), email="ada@example.com")
    assert (named.id, named.address, named.status) == (reservation.contact_id, "ada@example.com", Status.ACTIVE)
    assert bootstrap.contacts().counts(*world.key)[Status.ACTIVE] == 1


def test_a_claimed_address_is_completed_by_a_call_and_gets_its_id_later(world):
    (reservation,) = world.reserve(("1", "ada@example.com"))
    assert world.by(Identifier.email("ada@example.com")) is None, "nobody has been told the id of a row of a file"
    contact = world.identify(Identifier.email("ada@example.com"))
    assert (contact.id, contact.external_id) == (reservation.contact_id, None)
    assert world.identify(Identifier.email("ada@example.com"), external_id="1").external_id == "1"
    assert world.by(Identifier.external_id("1")).id == reservation.contact_id


def test_a_claim_belongs_to_one_contact_only(world):
    (reservation,) = world.reserve(("1", ""))
    other = world.identify(Identifier.email("ben@example.com"), external_id="1")
    assert (other.external_id, other.id == reservation.contact_id) == ("1", True)
    (again,) = world.reserve(("1", ""))
    assert again.contact.id == other.id


def test_a_claim_of_a_deleted_contact_is_free(world):
    contact = world.identify(Identifier.external_id("1"))
    bootstrap.contacts().remove(contact)
    (reservation,) = world.reserve(("1", ""))
    assert reservation.contact_id != contact.id
    assert world.write(reservation).created == 1


def test_an_identifier_is_given_once_in_a_call_and_never_taken_from_another_contact(world):
    world.identify(Identifier.email("taken@example.com"), external_id="0")
    first, second, third = world.reserve(("1", "a@example.com"), ("2", "a@example.com"), ("3", "taken@example.com"))
    assert [entry.address for entry in (first, second, third)] == ["a@example.com", "", ""]
    assert len({entry.contact_id for entry in (first, second, third)}) == 3
    by_email = world.reserve(("0", "b@example.com"), ("5", "c@example.com"), ("5", "d@example.com"), key=EMAIL)
    assert [entry.external_id for entry in by_email] == [None, "5", None]


def test_people_are_joined_by_the_identifier_that_is_not_the_key(world):
    by_address = world.identify(Identifier.email("ada@example.com"))
    without = world.identify(Identifier.external_id("2"))
    (ada,) = world.reserve(("1", "ada@example.com"))
    (other,) = world.reserve(("2", "ben@example.com"), key=EMAIL)
    assert (ada.contact.id, other.contact.id) == (by_address.id, without.id)


@pytest.mark.parametrize("key", [ID, EMAIL])
def test_two_concurrent_imports_create_a_single_contact(world, monkeypatch, key):
    (first,) = world.reserve(("1", "ada@example.com"), key=key)
    with monkeypatch.context() as patch:
        blank = _StoredIdentifiers(addresses={}, departures={}, external_ids={}, contacts={})
        patch.setattr(BulkClaims, "_read", lambda *args: blank)  # it has read before the first one has written
        (second,) = world.reserve(("1", "ada@example.com"), key=key)
    assert second.contact_id == first.contact_id
    assert (world.write(second, "b/0").created, world.write(first, "a/0").created) == (1, 0)
    assert world.by(Identifier.external_id("1")).address == "ada@example.com"
    assert world.by(Identifier.email("ada@example.com")).external_id == "1"
