"""Pages of contacts: every order, both ways, by cursor and by number, to the end."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from pynamodb.expressions.condition import Condition

from postrider.contacts import budget
from postrider.contacts.model import Contact, Status
from postrider.contacts.query import SORTS
from postrider.contacts.search import ContactSearch, query_of
from postrider.contacts.table import ContactItem
from postrider.filters.schema import BOUNCE_CODES
from postrider.kit.errors import Invalid
from postrider.kit.paging import Cursors
from postrider.storage.page_markers import PageMarkerItem, PageMarkers
from tests.functional.contacts.making import World

ODD, EVEN, NEWS = 801, 802, 901
"""Two groups and an interest."""
KEYS = {
    "id": lambda contact: contact.id,
    "subscribed_on": lambda contact: contact.subscribed_at,
    "email": lambda contact: contact.address,
    "status": lambda contact: contact.status.value,
    "last_bounce_type": lambda contact: BOUNCE_CODES[contact.last_bounce_type],
    "bounces_count": lambda contact: contact.bounces_count,
}


@dataclass(frozen=True)
class Filter:
    text: str
    accepts: Callable[[Contact], bool]
    dynamo_filter: Condition | None = None
    required_groups: frozenset[int] | None = None
    fields: frozenset[tuple[str, ...]] = frozenset({("groups",), ("email",), ("bounces_count",), ("subscribed_at",)})
    size: int = 1


@pytest.fixture(scope="module")
def world(standin):
    """41 contacts in two blocks, of every status, some bounced."""
    world = World()
    shuffled = random.Random(7).sample(range(100, 1000), 41)
    for number in shuffled[:25]:
        world.add(f"u{number}@example.com", groups=[ODD] if number % 2 else [EVEN])
    world.repository.ids.allocate(world.account_id, world.list_id, 1020, world.clock())
    world.clock.move(timedelta(minutes=1))
    for number in shuffled[25:]:
        world.add(f"u{number}@example.com", interests=[NEWS])
    everyone = contacts_of(world)
    statuses = [Status.UNSUBSCRIBED, Status.INVALID, Status.FLAGGED, Status.PENDING]
    for index, contact in enumerate(everyone[::3]):
        world.contacts.change_many([contact], lambda contact, index=index: replace(contact, status=statuses[index % 4]))
    for index, contact in enumerate(everyone[::4]):
        for event in range(index % 3 + 1):
            kind = ("auto_reply", "soft", "mailbox_full")[index % 3]
            world.contacts.mark_bounced(
                world.account_id, world.list_id, contact.id, kind=kind, hard=False, event_id=f"e{event}"
            )
    return world


def contacts_of(world):
    blocks = world.contacts.blocks_of(world.account_id, world.list_id)
    return [
        contact for block in blocks for contact in world.contacts.block_contacts(world.account_id, world.list_id, block)
    ]


def walked(world, query, per_page=7):
    """All pages by cursor, forth; each page's previous cursor gives the page before."""
    pages, cursor = [], None
    while True:
        page = world.pages.page(world.account_id, world.list_id, query, per_page=per_page, cursor=cursor)
        if pages:
            back = world.pages.page(
                world.account_id, world.list_id, query, per_page=per_page, cursor=page.previous_cursor
            )
            assert [contact.id for contact in back.items] == [contact.id for contact in pages[-1].items]
            assert back.next_cursor is not None
        else:
            assert page.previous_cursor is None
        pages.append(page)
        cursor = page.next_cursor
        if cursor is None:
            return [contact for page in pages for contact in page.items]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_every_order_lists_every_contact_once(world, sort, descending):
    found = walked(world, query_of({}, sort=sort, descending=descending))
    keys = [KEYS[sort](contact) for contact in found]
    assert keys == sorted(keys, reverse=descending)
    assert sorted(contact.id for contact in found) == [contact.id for contact in contacts_of(world)]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    "filters",
    [
        {"status": ["unsubscribed"]},
        {"status": ["active"]},
        {"status": ["invalid", "pending"]},
        {"tags": [ODD]},
        {"interests": [NEWS], "status": ["active"]},
    ],
    ids=str,
)
def test_filters_hold_in_every_order(world, sort, filters):
    query = query_of(filters, sort=sort)
    found = walked(world, query, per_page=4)
    wanted = [contact.id for contact in contacts_of(world) if query.accepts(contact)]
    assert wanted
    assert sorted(contact.id for contact in found) == wanted


def test_one_address_is_looked_up(world):
    someone = contacts_of(world)[17]
    page = world.pages.page(
        world.account_id, world.list_id, query_of({"email": [someone.email.upper()]}), per_page=50, with_count=True
    )
    assert ([contact.id for contact in page.items], page.count, page.next_cursor) == ([someone.id], 1, None)


def test_numbered_pages_are_the_same_windows(world):
    query = query_of({}, sort="email")
    by_cursor = [contact.id for contact in walked(world, query, per_page=10)]
    numbered = []
    for number in (1, 2, 3, 4, 5):
        page = world.pages.page(world.account_id, world.list_id, query, per_page=10, number=number, with_count=True)
        numbered += [contact.id for contact in page.items]
        assert page.count == 41
    assert numbered == by_cursor
    fifth = world.pages.page(world.account_id, world.list_id, query, per_page=8, number=5)
    assert [contact.id for contact in fifth.items] == by_cursor[32:40]
    assert world.pages.page(world.account_id, world.list_id, query, per_page=10, number=9).items == []


def test_counts_are_read_from_counters_or_by_examining_contacts(world):
    everyone = contacts_of(world)
    unsubscribed = query_of({"status": ["unsubscribed"]})
    odd = query_of({}, matching=[Filter("odd", lambda contact: ODD in contact.groups)])
    for query in (query_of({}), unsubscribed, odd):
        assert count(world, query) == sum(map(query.accepts, everyone))


def test_a_cursor_of_another_query_account_or_hand_is_refused(world):
    page = world.pages.page(world.account_id, world.list_id, query_of({}), per_page=5)
    other = query_of({"tags": [ODD]})
    for account_id, query, cursor in (
        (world.account_id, other, page.next_cursor),
        ("999", query_of({}), page.next_cursor),
        (world.account_id, query_of({}), page.next_cursor[:-2]),
        (world.account_id, query_of({}), "AAAA"),
    ):
        with pytest.raises(Invalid):
            world.pages.page(account_id, world.list_id, query, per_page=5, cursor=cursor)


def test_a_cursor_wins_over_a_page_number(world):
    """Some clients send page=1 with every call."""

    def items(**place):
        return world.pages.page(world.account_id, world.list_id, query_of({}), per_page=5, **place).items

    cursor = world.pages.page(world.account_id, world.list_id, query_of({}), per_page=5).next_cursor
    assert items(number=1, cursor=cursor) == items(cursor=cursor) != items(number=1)


def test_a_page_with_few_matches_ends_early_with_a_cursor(world):
    last = contacts_of(world)[-1]
    rare = query_of({}, matching=[Filter("rare", lambda contact: contact.id == last.id)])
    pages = ContactSearch(world.repository, Cursors(lambda: b"root"), PageMarkers(world.clock), max_examined=10)
    lengths, cursor = [], None
    for _ in range(6):
        page = pages.page(world.account_id, world.list_id, rare, per_page=5, cursor=cursor)
        lengths.append(len(page.items))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert lengths == [0, 0, 0, 0, 1]


def count(world, query, pages=None):
    page = (pages or world.pages).page(world.account_id, world.list_id, query, per_page=1, with_count=True)
    return page.count


@pytest.mark.parametrize("size", [1, 20])
def test_a_search_that_takes_too_long_ends_and_says_how_to_go_on(world, monkeypatch, size):
    """A count and a page by number are refused; a walk by cursor goes on with the next call."""
    monkeypatch.setattr(budget, "MAX_TESTS", 100)
    last = contacts_of(world)[-1]
    rare = query_of({}, matching=[Filter("rare", lambda contact: contact.id == last.id, size=size)])
    if size == 1:
        assert count(world, rare) == 1
        moments = itertools.count(0, budget.MAX_SECONDS / 5)
        slow = ContactSearch(
            world.repository, Cursors(lambda: b"root"), PageMarkers(world.clock), timer=lambda: next(moments)
        )
    else:
        slow = world.pages
    for arguments, field in (({"with_count": True}, "with_count"), ({"number": 1}, "page")):
        with pytest.raises(Invalid) as refused:
            slow.page(world.account_id, world.list_id, rare, per_page=5, **arguments)
        assert (refused.value.code, refused.value.field) == ("search_too_large", (field,))
        assert "Follow the cursor" in refused.value.message
    items, cursor = [], None
    while items == [] or cursor:
        page = slow.page(world.account_id, world.list_id, rare, per_page=5, cursor=cursor)
        items, cursor = [*items, *page.items], page.next_cursor
    assert [contact.id for contact in items] == [last.id]


def test_a_count_reads_only_the_compared_fields(world):
    """The count of each kind of term and field is the number of contacts that a walk finds."""
    everyone = contacts_of(world)
    middle = everyone[20]
    for query in (
        query_of({"status": ["active"]}, matching=[Filter("all", lambda contact: True)]),
        query_of({"tags": [ODD]}),
        query_of({"interests": [NEWS]}),
        query_of({"email": [everyone[0].address, everyone[5].address, "nobody@example.com"]}),
        query_of({}, matching=[Filter("bounced", lambda contact: contact.bounces_count > 1)]),
        query_of({}, matching=[Filter("old", lambda contact: contact.subscribed_at <= middle.subscribed_at)]),
        query_of({}, sort="email", matching=[Filter("5", lambda contact: "5" in contact.email)]),
        query_of({}, sort="status", descending=True, matching=[Filter("even", lambda contact: EVEN in contact.groups)]),
    ):
        assert count(world, query) == len(walked(world, query)) > 0


def test_a_page_marker_has_no_address_and_outlives_the_contact(standin):
    world = World()
    for letter in "abcdefgh":
        world.add(f"{letter}@example.com")
    query = query_of({}, sort="email")

    def page(number):
        found = world.pages.page(world.account_id, world.list_id, query, per_page=2, number=number).items
        return "".join(contact.email[0] for contact in found)

    assert [page(number) for number in (1, 2, 3)] == ["ab", "cd", "ef"]
    stored = [item.position for item in PageMarkerItem.scan() if item.pk.startswith(f"bookmark#{world.account_id}#")]
    assert stored
    assert not any("example" in str(position) for position in stored)
    gone = world.contacts.find(world.account_id, world.list_id, "d@example.com")
    world.contacts.delete(world.account_id, world.list_id, gone.id)
    assert page(3) == "fg"


def test_a_pushed_condition_omits_only_contacts_that_do_not_match(world):
    """The part that DynamoDB decides, the predicate and a walk of everybody agree, forth and back."""
    condition = ContactItem.groups.contains(ODD)
    pushed = query_of(
        {}, matching=[Filter("odd", lambda contact: ODD in contact.groups and contact.id % 4 == 0, condition)]
    )
    plain = query_of({}, matching=[Filter("odd", lambda contact: ODD in contact.groups and contact.id % 4 == 0)])
    for per_page in (1, 3, 50):
        ids = [contact.id for contact in walked(world, pushed, per_page)]
        assert ids == [contact.id for contact in walked(world, plain, per_page)]
    assert count(world, pushed) == count(world, plain) == len(walked(world, plain))
    numbered = [
        contact.id
        for number in (1, 2, 3)
        for contact in world.pages.page(world.account_id, world.list_id, pushed, per_page=2, number=number).items
    ]
    assert numbered == [contact.id for contact in walked(world, plain)][:6]
