"""The index of members: a group is read without reading its list, and nobody is ever missing from it."""

import itertools
from collections import Counter

import pytest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint

from postrider import bootstrap
from postrider.contacts.model import BLOCK_SIZE
from postrider.contacts.repository import ContactRepository
from postrider.contacts.rules import MAX_TAGS, MembershipChange
from postrider.contacts.table import ContactsItem, DeletedContactItem
from tests.functional.contacts.making import World
from tests.functional.imports.test_crashes import Crash, Killer
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list

VIP, EU = 801, 802
"""Groups."""


@pytest.fixture
def world(standin):
    return World()


def next_block(world):
    """Let the next contact come into a block of its own."""
    world.repository.ids.allocate(world.account_id, world.list_id, BLOCK_SIZE, world.clock())


def blocks_of(world, *group_ids):
    return world.contacts.blocks_of_groups(world.account_id, world.list_id, group_ids)


def index_of(world, group_id):
    return set(world.repository.groups.contact_ids(world.account_id, world.list_id, group_id))


def change(world, contact, **ids):
    named = MembershipChange(**{name: frozenset(group_ids) for name, group_ids in ids.items()})
    return world.contacts.change_memberships(world.account_id, world.list_id, contact.id, named)


def test_members_are_found_by_block_and_in_order(world):
    contacts = []
    for number in range(4):
        contacts.append(world.add(f"a{number}@example.com"))
        next_block(world)
    change(world, contacts[2], add_groups=[VIP])
    change(world, contacts[0], add_groups=[VIP, EU])
    assert blocks_of(world, VIP) == {contacts[0].block, contacts[2].block}
    assert blocks_of(world, EU) == {contacts[0].block}
    assert blocks_of(world, VIP, EU) == blocks_of(world, VIP)
    ids = list(world.repository.groups.contact_ids(world.account_id, world.list_id, VIP))
    assert ids == [contacts[0].id, contacts[2].id]
    for first, descending, expected in ((None, False, [0, 2]), (1, False, [2]), (1, True, [0]), (None, True, [2, 0])):
        edge = None if first is None else contacts[first].block
        found = world.repository.groups.blocks_from(world.account_id, world.list_id, [VIP, EU], edge, descending)
        assert list(found) == [contacts[number].block for number in expected]


def test_members_are_counted(world):
    first, second = (world.add(f"{name}@example.com", groups=[VIP]) for name in "ab")
    change(world, first, add_groups=[EU], remove_groups=[VIP])
    world.contacts.change_memberships_of_many([first, second], MembershipChange(add_groups=frozenset({EU})))
    assert world.contacts.group_counts(world.account_id, world.list_id) == {VIP: 1, EU: 2}
    world.contacts.delete(world.account_id, world.list_id, second.id)
    assert world.contacts.group_counts(world.account_id, world.list_id) == {VIP: 0, EU: 1}


def members_of(world):
    """Return the number of members by group, counted by reading all contacts."""
    return Counter(
        group_id
        for block in world.contacts.blocks_of(world.account_id, world.list_id)
        for contact in world.contacts.block_contacts(world.account_id, world.list_id, block)
        for group_id in contact.groups
    )


def counts_of(world):
    counts = world.contacts.group_counts(world.account_id, world.list_id)
    return Counter({group_id: count for group_id, count in counts.items() if count})


@pytest.mark.parametrize("count", [2, 250], ids=["few", "many"])
def test_counts_are_right_after_requests_that_the_sdk_repeats(world, monkeypatch, count):
    """A response is lost and the request is sent again, although it took effect."""
    original = Endpoint._send

    def send_twice(endpoint, request):
        original(endpoint, request)
        return original(endpoint, request)

    first, second = (world.add(f"{name}@example.com") for name in "ab")
    groups = frozenset(range(VIP, VIP + count))
    monkeypatch.setattr(Endpoint, "_send", send_twice)
    world.contacts.change_memberships_of_many([first, second], MembershipChange(add_groups=groups))
    world.contacts.change_memberships(
        world.account_id, world.list_id, first.id, MembershipChange(remove_groups=frozenset({VIP}))
    )
    assert counts_of(world) == members_of(world) == Counter({VIP: 1} | dict.fromkeys(groups - {VIP}, 2))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_counts_of_many_groups_are_right_after_a_kill_at_any_call(standin, monkeypatch, after):
    killer = Killer(monkeypatch)
    groups = frozenset(range(VIP, VIP + 250))
    for at in itertools.count(1):
        killer.disarm()
        world = World()
        contact = world.add("a@example.com")
        killer.arm(at, after=after)
        crashed = False
        try:
            change(world, contact, add_groups=groups)
        except Crash:
            crashed = True
        killer.disarm()
        assert counts_of(world) == members_of(world), at
        change(world, contact, remove_groups=groups)
        assert counts_of(world) == members_of(world) == Counter(), at
        if not crashed:
            assert at > 8
            return


def test_entries_of_contacts_that_were_never_written_go_with_their_list(world):
    """The process crashed after the write of the index, and before that of the contact and the counts."""
    world.repository.groups.add(world.account_id, world.list_id, [(7 * BLOCK_SIZE, [VIP, EU])])
    world.contacts.delete_rows_of_list(world.account_id, world.list_id)
    assert [item for item in ContactsItem.scan() if f"#{world.list_id}" in f"#{item.pk}#"] == []


def test_emptying_a_list_deletes_its_index(world):
    contacts = [world.add(f"a{number}@example.com", groups=[VIP, EU]) for number in range(3)]
    world.contacts.deletion.delete_many(contacts)
    world.contacts.delete_rows_of_list(world.account_id, world.list_id)
    left = [item for item in ContactsItem.scan() if f"#{world.list_id}" in f"#{item.pk}#"]
    assert [item for item in left if not isinstance(item, DeletedContactItem)] == []


def audience_of(world, group_id):
    """The contacts that have the group and are found by the index."""
    found = index_of(world, group_id)
    members = {
        contact.id
        for block in world.contacts.blocks_of(world.account_id, world.list_id)
        for contact in world.contacts.block_contacts(world.account_id, world.list_id, block)
        if group_id in contact.groups
    }
    assert members <= found, "the index must hold every member"
    return members


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("way", ["create", "change", "patch", "many"])
def test_a_kill_between_any_two_steps_loses_nobody(standin, monkeypatch, way, after):
    killer = Killer(monkeypatch)
    for at in itertools.count(1):
        killer.disarm()
        world = World()
        first, second = (world.add(f"{name}@example.com") for name in "ab")
        here = world.account_id, world.list_id
        both = MembershipChange(add_groups=frozenset({VIP, EU}))
        act = {
            "create": lambda world=world: world.add("c@example.com", groups=[VIP, EU]),
            "change": lambda here=here, contact=first, both=both, world=world: world.contacts.change_memberships(
                *here, contact.id, both
            ),
            "patch": lambda here=here, contact=first, world=world: world.contacts.upserts.patch(
                *here, contact.id, tags=[VIP, EU]
            ),
            "many": lambda contact=first, other=second, both=both, world=world: (
                world.contacts.change_memberships_of_many([contact, other], both)
            ),
        }[way]
        killer.arm(at, after=after)
        crashed = False
        try:
            act()
        except Crash:
            crashed = True
        killer.disarm()
        audience_of(world, VIP)
        assert counts_of(world) == members_of(world), at
        if crashed and way == "many":
            first, second = world.contacts.many(*here, [first.id, second.id]).values()
        if crashed:
            act()
        expected = 2 if way == "many" else 1
        assert [len(audience_of(world, group_id)) for group_id in (VIP, EU)] == [expected, expected], at
        if not crashed:
            assert at > 2
            return


class Reads:
    """Count queries of contacts by block."""

    def __init__(self, monkeypatch) -> None:
        self.blocks: list[str] = []
        original = BaseClient._make_api_call

        def call(client, operation, params):
            key = next(iter(params.get("ExpressionAttributeValues", {"": {}}).values())).get("S", "")
            if operation == "Query" and key.count("#") == 2 and key.replace("#", "").isdigit():
                self.blocks.append(key)
            return original(client, operation, params)

        monkeypatch.setattr(BaseClient, "_make_api_call", call)


def test_an_audience_by_tag_reads_only_blocks_with_members(platform, monkeypatch):
    """Three of 30 blocks hold members; the other 27 are not read, neither by a campaign nor by a listing."""
    owner = make_owner()
    list_id = make_list(owner)
    ids = []
    for number in range(30):
        ids += add_contacts(owner, list_id, f"a{number}@example.com")
        ContactRepository().ids.allocate(owner.account_id, list_id, BLOCK_SIZE, platform.clock())
    members = [ids[3], ids[4], ids[20]]
    owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["vip"], "contact_ids": members})
    body = {"name": "s", "query": 'TAG IS "vip" AND `email` LIKE "a%"'}
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json=body).json["id"]
    recipients = bootstrap.recipients()
    frozen = recipients.freeze(owner.account_id, list_id, segment_id)
    audience, blocks = frozen.definition, frozen.blocks
    reads = Reads(monkeypatch)
    found = [number for block in blocks for number in recipients.matching(owner.account_id, audience, block)]
    assert (found, len(reads.blocks)) == (members, 3)
    reads.blocks.clear()
    listed = owner.api.get(f"/lists/{list_id}/segments/{segment_id}/contacts", query={"with_count": "true"}).json
    assert [contact["id"] for contact in listed["data"]] == members
    assert len(reads.blocks) == 6, "once for the page and once for the count"
    owner.api.post(f"/lists/{list_id}/contacts/{ids[10]}/tag", json={"tags": ["vip"]})
    assert recipients.blocks(owner.account_id, audience) == blocks, "a run has the same blocks each time"


def test_a_campaign_to_a_tag_that_nobody_has_ends(platform):
    owner = make_owner()
    list_id = make_list(owner)
    add_contacts(owner, list_id, "a@example.com")
    segment = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s", "query": 'TAG IS "nobody"'}).json["id"]
    recipients = bootstrap.recipients()
    assert recipients.freeze(owner.account_id, list_id, segment).blocks == []


def test_a_call_can_set_a_thousand_tags(platform):
    owner = make_owner()
    list_id = make_list(owner)
    [contact_id] = add_contacts(owner, list_id, "a@example.com")
    names = sorted(f"t{number}" for number in range(MAX_TAGS))
    path = f"/lists/{list_id}/contacts/{contact_id}"
    calls = []
    original = BaseClient._make_api_call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", lambda *args: (calls.append(args[1]), original(*args))[1])
        answer = owner.api.patch(path, json={"tags": names})
    assert (answer.status, answer.json["data"]["tags"]) == (200, names)
    assert len(calls) < 120
    for name in (names[0], names[-1]):
        assert [
            contact["id"]
            for contact in owner.api.get(f"/lists/{list_id}/contacts", query={"filter": f"tags=={name}"}).json["data"]
        ] == [contact_id]
    counts = bootstrap.contacts().group_counts(owner.account_id, list_id)
    assert (len(counts), set(counts.values())) == (MAX_TAGS, {1})
