"""Contacts over real tables: identity, consent, counters, and what happens when two do something at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from postrider.contacts import rules
from postrider.contacts.changes import ChangeKind
from postrider.contacts.deleted_contacts import LINKS_WORK_FOR
from postrider.contacts.errors import StaleContact
from postrider.contacts.model import Claim, DoubleOptIn, Status, WithdrawnBy
from postrider.contacts.table import ContactsItem, DeletedContactItem
from postrider.kit.errors import Conflict, Invalid, NotFound
from tests.functional.contacts.making import World

NEWS, OTHER = 901, 902
"""Interests."""


@pytest.fixture
def world(standin):
    return World()


def test_spellings_of_an_address_refer_to_the_same_contact(world):
    first = world.add("Zoe@Bücher.example")
    second = world.add(" zoe@XN--BCHER-KVA.example\u00a0")
    assert second.id == first.id
    assert world.again(first).email == "Zoe@Bücher.example"
    assert world.counts() == {"active": 1}


def test_a_hundred_concurrent_calls_create_a_single_contact(world):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: world.add("same@example.com").id, range(24)))
    assert len(set(made)) == 1
    assert world.counts() == {"active": 1}


def lose_claims(world, contact, *, to_another: bool):
    """Take the claims of the contact away, and let another contact have its identifiers, or nobody."""
    here = world.account_id, world.list_id
    world.repository.claims.release(*here, {contact.address: contact.id})
    world.repository.claims.release_external_ids(*here, {contact.external_id: contact.id})
    return world.add(contact.email, external_id=contact.external_id) if to_another else None


@pytest.mark.parametrize("to_another", [False, True], ids=["free", "taken"])
@pytest.mark.parametrize("act", ["delete", "erase", "delete_many", "move"])
def test_a_contact_that_lost_its_claims_can_be_deleted_and_moved(world, act, to_another):
    contact = world.add("a@example.com", external_id="a")
    contact = world.contacts.unsubscribe(world.account_id, world.list_id, contact.id, by=WithdrawnBy.PERSON)
    other = lose_claims(world, contact, to_another=to_another)
    key = world.account_id, world.list_id, contact.id
    match act:
        case "delete":
            world.contacts.delete(*key)
        case "erase":
            world.contacts.deletion.erase(*key)
        case "delete_many":
            world.contacts.deletion.delete_many([contact])
        case "move":
            moved = replace(contact, email="b@example.com", address="b@example.com", external_id="b")
            world.repository.replace(contact, moved)
    left = [other] if other else []
    known = world.repository.claims.known(world.account_id, world.list_id, ["a@example.com"])
    assert [claim.contact_id for claim in known.claims.values()] == [contact.id for contact in left]
    assert bool(known.departures) == (act != "erase" and not other)
    assert world.counts().get("active", 0) == len(left)
    assert world.counts().get("unsubscribed", 0) == (act == "move")
    if act == "move":
        assert world.contacts.find(world.account_id, world.list_id, "b@example.com").id == contact.id
    else:
        assert world.repository.many(world.account_id, world.list_id, [contact.id]) == {}


def test_ids_grow_and_so_do_moments_even_when_the_clock_goes_back(world):
    first = world.add("a@example.com")
    world.clock.move(timedelta(seconds=-90))
    second = world.add("b@example.com")
    assert second.id > first.id
    assert second.subscribed_at >= first.subscribed_at


def test_ids_continue_in_a_new_block_when_a_block_is_full(world):
    first, _ = world.repository.ids.allocate(world.account_id, world.list_id, 1000, world.clock())
    second, _ = world.repository.ids.allocate(world.account_id, world.list_id, 1000, world.clock())
    assert first // 1024 != second // 1024
    assert world.contacts.blocks_of(world.account_id, world.list_id) == sorted({first // 1024, second // 1024})


def test_ids_taken_at_once_are_all_different(world):
    with ThreadPoolExecutor(8) as pool:
        starts = list(
            pool.map(
                lambda _: world.repository.ids.allocate(world.account_id, world.list_id, 100, world.clock())[0],
                range(30),
            )
        )
    taken = {number for start in starts for number in range(start, start + 100)}
    assert len(taken) == 3000


def test_another_account_does_not_find_the_contact_by_its_id(world):
    contact = world.add("a@example.com")
    with pytest.raises(NotFound):
        world.contacts.get("999", world.list_id, contact.id)
    with pytest.raises(NotFound):
        world.contacts.get(world.account_id, world.list_id + 1, contact.id)


def test_a_new_address_moves_the_claim(world):
    contact = world.add("old@example.com")
    world.contacts.upserts.patch(world.account_id, world.list_id, contact.id, email="New@example.com")
    assert world.contacts.find(world.account_id, world.list_id, "new@EXAMPLE.com").id == contact.id
    assert world.contacts.find(world.account_id, world.list_id, "old@example.com") is None
    assert world.add("old@example.com").id != contact.id


def test_an_address_of_another_contact_is_refused(world):
    world.add("a@example.com")
    other = world.add("b@example.com")
    with pytest.raises(Conflict):
        world.contacts.upserts.patch(world.account_id, world.list_id, other.id, email="A@example.com")


def test_deleting_frees_the_address(world):
    contact = world.add("a@example.com", interests=[NEWS])
    world.contacts.delete(world.account_id, world.list_id, contact.id)
    with pytest.raises(NotFound):
        world.again(contact)
    assert world.counts() == {"deleted": 1}
    assert world.contacts.interest_usage(world.account_id, world.list_id) == {NEWS: 0}
    assert world.add("a@example.com").id != contact.id


def test_a_claim_without_contact_is_completed_by_the_next_writer(world):
    first, moment = world.repository.ids.allocate(world.account_id, world.list_id, 1, world.clock())
    claim = Claim(address="a@example.com", contact_id=first, subscribed_at=moment)
    world.repository.claims.add_many(world.account_id, world.list_id, [claim])
    assert world.add("a@example.com").id == first
    assert world.counts() == {"active": 1}


def test_a_change_of_a_stale_contact_is_refused(world):
    contact = world.add("a@example.com")
    world.repository.replace(contact, rules.unsubscribed(contact))
    with pytest.raises(StaleContact):
        world.repository.replace(contact, rules.complained(contact))
    assert world.counts() == {"unsubscribed": 1}


@pytest.mark.parametrize(
    ("before", "resubscribe", "after"),
    [
        ("active", True, "active"),
        ("unsubscribed", True, "active"),
        ("unsubscribed", False, "unsubscribed"),
        ("pending", True, "active"),
        ("pending", False, "pending"),
        ("invalid", True, "invalid"),
        ("flagged", True, "flagged"),
    ],
)
def test_adding_again_changes_consent_only_if_the_account_may_do_so(world, before, resubscribe, after):
    contact = world.add("a@example.com")
    world.contacts.change_many([contact], lambda contact: replace(contact, status=Status(before)))
    world.add("a@example.com", resubscribe=resubscribe)
    assert world.again(contact).status == after
    assert world.counts() == {after: 1}


@pytest.mark.parametrize(
    ("mode", "before", "status", "asked"),
    [
        ("true", None, "pending", True),
        ("new", None, "pending", True),
        ("not_active", None, "pending", True),
        ("false", None, "active", False),
        ("true", "active", "pending", True),
        ("new", "active", "active", False),
        ("not_active", "active", "active", False),
        ("not_active", "unsubscribed", "pending", True),
        ("new", "unsubscribed", "active", False),
        ("true", "flagged", "flagged", False),
        ("true", "invalid", "invalid", False),
    ],
)
def test_double_opt_in(world, mode, before, status, asked):
    if before:
        contact = world.add("a@example.com")
        world.contacts.change_many([contact], lambda contact: replace(contact, status=Status(before)))
    added = world.add("a@example.com", double_opt_in=DoubleOptIn(mode))
    assert world.again(added).status == status
    assert world.memory.asked == ([added.id] if asked else [])


def test_the_third_soft_bounce_makes_a_contact_invalid(world):
    contact = world.add("a@example.com")
    for event in ("e1", "e2", "e2", "e1"):
        world.contacts.mark_bounced(
            world.account_id, world.list_id, contact.id, kind="soft", hard=False, event_id=event
        )
    twice = world.again(contact)
    assert (twice.status, twice.bounces_count, twice.last_bounce_type) == ("active", 2, "soft")
    world.contacts.mark_bounced(
        world.account_id, world.list_id, contact.id, kind="mailbox_full", hard=False, event_id="e3"
    )
    assert (world.again(contact).status, world.counts()) == ("invalid", {"invalid": 1})


def test_a_hard_bounce_does_not_undo_an_unsubscription(world):
    contact = world.add("a@example.com")
    world.contacts.unsubscribe(world.account_id, world.list_id, contact.id)
    world.contacts.mark_bounced(world.account_id, world.list_id, contact.id, kind="hard", hard=True, event_id="e")
    assert world.again(contact).status == "unsubscribed"
    world.add("a@example.com", resubscribe=True)
    assert world.again(contact).status == "invalid"


def test_the_person_can_come_back_after_bounces_but_not_after_a_complaint(world):
    contact = world.add("a@example.com")
    world.contacts.mark_bounced(world.account_id, world.list_id, contact.id, kind="hard", hard=True, event_id="e")
    number = world.again(contact).consent_number
    world.contacts.confirm(world.account_id, world.list_id, contact.id, consent_number=number)
    assert world.again(contact).status == "active"
    world.contacts.mark_complained(world.account_id, world.list_id, contact.id, event_id="c")
    number = world.again(contact).consent_number
    world.contacts.confirm(world.account_id, world.list_id, contact.id, consent_number=number)
    world.contacts.unsubscribe(world.account_id, world.list_id, contact.id)
    assert world.again(contact).status == "flagged"


def test_unsubscribing_twice_is_told_once(world):
    contact = world.add("a@example.com")
    for _ in range(2):
        world.contacts.unsubscribe(world.account_id, world.list_id, contact.id)
    assert [news.kind for news in world.memory.news] == ["added", "unsubscribed"]


def test_events_about_a_contact_that_is_gone_do_nothing(world):
    gone = world.add("gone@example.com")
    world.contacts.delete(world.account_id, world.list_id, gone.id)
    again = world.contacts.mark_bounced(world.account_id, world.list_id, gone.id, kind="hard", hard=True, event_id="e")
    assert again is None


def test_bounces_at_once_are_each_counted(world):
    contact = world.add("a@example.com")
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda number: world.contacts.mark_bounced(
                    world.account_id, world.list_id, contact.id, kind="auto_reply", hard=False, event_id=f"e{number}"
                ),
                range(6),
            )
        )
    assert world.again(contact).bounces_count == 6


def test_attributes_are_typed_and_null_clears(world):
    world.define("age", "integer")
    world.define("born", "datetime")
    contact = world.add("a@example.com", attributes={"age": "42", "born": "2000-01-02"})
    assert world.values(contact) == {"age": 42, "born": "2000-01-02 00:00:00"}
    world.contacts.upserts.patch(world.account_id, world.list_id, contact.id, attributes={"age": None})
    assert world.values(contact) == {"born": "2000-01-02 00:00:00"}
    for wrong in ({"age": "old"}, {"born": "soon"}, {"unknown": "x"}):
        with pytest.raises(Invalid):
            world.add("b@example.com", attributes=wrong)
    assert world.contacts.find(world.account_id, world.list_id, "b@example.com") is None


def test_many_contacts_change_in_transactions_with_their_counters(world):
    contacts = [world.add(f"a{number}@example.com") for number in range(90)]
    stale = contacts[3]
    world.contacts.unsubscribe(world.account_id, world.list_id, stale.id)
    changed = world.contacts.change_many(
        contacts, lambda contact: replace(contact, interests=contact.interests | {NEWS})
    )
    assert changed == 90
    assert (
        world.contacts.change_many(
            world.contacts.block_contacts(world.account_id, world.list_id, contacts[0].block),
            lambda contact: replace(contact, interests=contact.interests | {NEWS}),
        )
        == 0
    )
    assert world.contacts.interest_usage(world.account_id, world.list_id) == {NEWS: 90}
    assert world.counts() == {"active": 89, "unsubscribed": 1}
    world.contacts.deletion.delete_many(
        list(world.contacts.many(world.account_id, world.list_id, [c.id for c in contacts]).values())
    )
    assert world.counts() == {"deleted": 90}


def test_a_chunk_is_read_by_range(world):
    contacts = [world.add(f"a{number}@example.com") for number in range(12)]
    wanted = [contact.id for contact in contacts[2:9]]
    found = world.contacts.contacts_in(world.account_id, world.list_id, wanted)
    assert list(found) == wanted


def test_a_contact_may_have_many_interests_and_each_is_counted(world):
    ids = list(range(1, rules.MAX_INTERESTS + 1))
    contact = world.add("a@example.com", interests=ids)
    world.contacts.upserts.patch(world.account_id, world.list_id, contact.id, interests=[OTHER], email="b@example.com")
    usage = world.contacts.interest_usage(world.account_id, world.list_id)
    assert {interest_id for interest_id, number in usage.items() if number} == {OTHER}
    many = [world.add(f"c{number}@example.com", interests=ids[number * 2 : number * 2 + 2]) for number in range(50)]
    world.contacts.deletion.delete_many(many)
    usage = world.contacts.interest_usage(world.account_id, world.list_id)
    assert {interest_id for interest_id, number in usage.items() if number} == {OTHER}


def test_counters_equal_a_recount(world):
    contacts = [world.add(f"a{number}@example.com") for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda contact: world.contacts.unsubscribe(world.account_id, world.list_id, contact.id), contacts[:6]
            )
        )
        list(
            pool.map(lambda contact: world.contacts.delete(world.account_id, world.list_id, contact.id), contacts[4:8])
        )
        list(pool.map(lambda contact: world.add(contact.email), contacts))
    counted = world.contacts.counts(world.account_id, world.list_id)
    recounted = world.contacts.recount(world.account_id, world.list_id)
    assert {**counted, Status.DELETED: 0} == recounted
    assert counted[Status.DELETED] == 4


def test_the_address_of_a_deleted_contact_is_kept_for_400_days(world):
    """One item each, in the transaction that deletes it."""
    first, *others = [world.add(f"a{number}@example.com", interests=[NEWS]) for number in range(35)]
    world.contacts.delete(world.account_id, world.list_id, first.id)
    world.contacts.deletion.delete_many(others)
    left = [item for item in ContactsItem.scan() if item.pk.startswith(f"gone#{world.account_id}#")]
    assert {item.address for item in left} == {contact.address for contact in [first, *others]}
    assert len(left) == 35
    assert {item.expires_at for item in left} == {world.clock() + LINKS_WORK_FOR}
    assert world.counts() == {"deleted": 35}


def test_only_addresses_for_links_are_left_of_a_list_that_is_emptied(world):
    contacts = [world.add(f"a{number}@example.com", interests=[NEWS]) for number in range(5)]
    orphan = Claim(address="x@example.com", contact_id=contacts[0].id + 900, subscribed_at=world.clock())
    world.repository.claims.add_many(world.account_id, world.list_id, [orphan])
    world.contacts.deletion.delete_many(contacts)
    world.contacts.delete_rows_of_list(world.account_id, world.list_id)
    left = [item for item in ContactsItem.scan() if f"#{world.list_id}" in f"#{item.pk}#"]
    assert {item.address for item in left if isinstance(item, DeletedContactItem)} == {
        contact.address for contact in contacts
    }
    assert [item for item in left if not isinstance(item, DeletedContactItem)] == []


def test_a_contact_that_changes_while_its_list_is_emptied_is_deleted(world):
    contacts = [world.add(f"a{number}@example.com") for number in range(3)]
    world.lists.gone.add(world.list_id)
    world.contacts.unsubscribe(world.account_id, world.list_id, contacts[1].id)
    world.contacts.deletion.delete_many(contacts)
    assert world.contacts.block_contacts(world.account_id, world.list_id, contacts[0].block) == []
    assert world.counts() == {"deleted": 3}


def test_deletions_are_recorded_once_although_a_contact_changed_meanwhile(world):
    contacts = [world.add(f"a{number}@example.com") for number in range(70)]
    world.contacts.unsubscribe(world.account_id, world.list_id, contacts[65].id)
    world.contacts.deletion.delete_many(contacts)
    deleted = [change.contact.id for change in world.memory.news if change.kind == ChangeKind.DELETED]
    assert sorted(deleted) == [contact.id for contact in contacts]
