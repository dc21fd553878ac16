"""Objects: made at their first use, changed attribute by attribute, and found by their attributes."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.kit.errors import Invalid, NotFound
from postrider.objects import rules
from postrider.objects.service import MAX_TYPES
from tests.testing.factories.accounts import make_owner


@pytest.fixture
def account_id(platform):
    return make_owner().account_id


@pytest.fixture
def objects(platform):
    return bootstrap.data_objects()


def everyone(stored):
    return True


def all_pages(objects, account_id, type_id, condition=everyone, limit=7):
    pages, cursor = [], None
    while True:
        page = objects.find(account_id, type_id, condition, query="all", limit=limit, cursor=cursor)
        pages.append([stored.id for stored in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return pages


def test_the_first_attribute_creates_an_object_and_its_type(objects, account_id):
    assert objects.types(account_id) == []
    stored = objects.put(account_id, 1, "acme corp/1", {"name": "Acme", "size": 3})
    assert objects.get(account_id, 1, "acme corp/1") == stored
    assert objects.by_number(account_id, 1, stored.number) == stored
    assert [(kind.id, kind.name) for kind in objects.types(account_id)] == [(1, "Type 1")]


def test_an_attribute_keeps_the_moment_of_its_last_change(objects, account_id, platform):
    first = platform.clock().replace(microsecond=0)
    objects.put(account_id, 1, "acme", {"name": "Acme", "size": 3, "city": "Rome"})
    platform.clock.move(timedelta(hours=1))
    after = objects.put(account_id, 1, "acme", {"name": "Acme", "size": True, "city": None})
    assert after.attributes == {"name": "Acme", "size": True}
    assert after.set_at == {"name": first, "size": first + timedelta(hours=1)}
    assert objects.get(account_id, 1, "acme").attributes == after.attributes
    assert objects.get(account_id, 1, "acme").number == after.number


def test_objects_of_another_type_or_account_are_unknown(objects, account_id):
    stored = objects.put(account_id, 1, "acme", {"name": "Acme"})
    other = make_owner().account_id
    for account, type_id in ((account_id, 2), (other, 1)):
        with pytest.raises(NotFound):
            objects.get(account, type_id, "acme")
        with pytest.raises(NotFound):
            objects.by_number(account, type_id, stored.number)


def test_every_object_is_listed_once_over_the_pages(objects, account_id):
    objects.put_many(account_id, 2, {f"object {number}": {"number": number} for number in range(30)})
    objects.put(account_id, 3, "of another type", {})
    pages = all_pages(objects, account_id, 2)
    assert sorted(name for page in pages for name in page) == sorted(f"object {number}" for number in range(30))
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2]
    even = all_pages(objects, account_id, 2, lambda stored: stored.attributes["number"] % 2 == 0)
    assert len([name for page in even for name in page]) == 15


def test_a_page_examines_a_bounded_number_of_objects(objects, account_id, monkeypatch):
    monkeypatch.setattr("postrider.objects.service.MAX_EXAMINED", 4)
    objects.put_many(account_id, 1, {str(number): {} for number in range(10)})
    page = objects.find(account_id, 1, lambda stored: False, query="none", limit=5)
    assert (page.items, page.next_cursor is None) == ([], False)
    assert len(all_pages(objects, account_id, 1, lambda stored: False)) == 3


def test_a_cursor_belongs_to_its_account_type_and_condition(objects, account_id):
    objects.put_many(account_id, 1, {str(number): {} for number in range(3)})
    cursor = objects.find(account_id, 1, everyone, query="all", limit=2).next_cursor
    for account, type_id, query in ((make_owner().account_id, 1, "all"), (account_id, 2, "all"), (account_id, 1, "x")):
        with pytest.raises(Invalid, match="cursor"):
            objects.find(account, type_id, everyone, query=query, limit=2, cursor=cursor)


@pytest.mark.parametrize(
    ("type_id", "object_id", "attributes", "code"),
    [
        (0, "a", {}, "object_type_invalid"),
        (1, " ", {}, "object_id_invalid"),
        (1, "a" * 151, {}, "object_id_invalid"),
        (1, "\ud800", {}, "object_id_invalid"),
        (1, "a", {"": 1}, "attribute_name_invalid"),
        (1, "a", {"x": "y" * rules.MAX_OBJECT_BYTES}, "attributes_too_large"),
        (1, "a", {str(number): 1 for number in range(301)}, "too_many_attributes"),
        (1, "a", {"x": "\ud800"}, "attributes_invalid"),
    ],
)
def test_a_call_above_a_limit_is_refused_and_stores_nothing(objects, account_id, type_id, object_id, attributes, code):
    with pytest.raises(Invalid) as refusal:
        objects.put(account_id, type_id, object_id, attributes)
    assert refusal.value.code == code
    assert all_pages(objects, account_id, 1) == [[]]


def test_an_account_has_a_limited_number_of_types(objects, account_id, monkeypatch):
    monkeypatch.setattr("postrider.objects.service.MAX_TYPES", 2)
    assert MAX_TYPES > 2
    for type_id in (1, 7):
        objects.ensure_type(account_id, type_id)
    with pytest.raises(Invalid, match="at most 2 object types"):
        objects.put(account_id, 2, "a", {})


def test_an_object_with_the_id_of_a_deleted_object_is_new(objects, account_id):
    before = objects.put(account_id, 1, "acme", {"name": "Acme"})
    objects.delete(account_id, 1, "acme")
    objects.delete(account_id, 1, "acme")
    after = objects.put(account_id, 1, "acme", {})
    assert (after.attributes, after.number != before.number) == ({}, True)
    with pytest.raises(NotFound):
        objects.with_number(account_id, before.number)
