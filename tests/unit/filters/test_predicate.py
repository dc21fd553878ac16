"""Semantics of comparisons, by the type of the attribute."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from postrider.contacts.model import Contact
from postrider.filters import bound, matches, negated, parse_fiql, parse_query
from postrider.filters.predicate import matches_pattern
from tests.unit.filters.samples import IDS, NOW, SCHEMA, contact


def values(**by_name: str | int) -> dict[int, str | int]:
    return {IDS.attributes[name]: value for name, value in by_name.items()}


ADA = contact(
    3,
    email="Ada@Example.com",
    subscribed_at=NOW - timedelta(days=10),
    last_bounce_type="soft",
    bounces_count=2,
    groups=frozenset({IDS.tags["VIP"]}),
    interests=frozenset({IDS.interests["sport"]}),
    attributes=values(city="Montréal", age=18, born="1990-05-17 00:00:00", note="Line 1\nLine 2"),
)
BARE = contact(4)


def selects(query: str, person: Contact = ADA, facts: Any = None) -> bool:
    return matches(bound(parse_query(query, SCHEMA), IDS), person, facts, NOW)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('`email` = "ada@example.COM"', True),
        ('`city` = "MONTRÉAL"', True),
        ('`city` = "montreal"', False),
        ('`city` = "Montre\u0301al"', True),
        ('`city` LIKE "%TRE\u0301%"', True),
        ('`city` = ""', False),
        ('`age` != ""', True),
        ('`city` > "lyon"', True),
        ('`note` LIKE "line%LINE 2"', True),
        ("`age` > 9", True),
        ("`age` <= 18", True),
        ('`age` LIKE "1%"', True),
        ('`born` < "1990-05-17 00:00:01"', True),
        ('`born` = "1990-05-17"', True),
        ('`born` > "-30 years"', False),
        ('`born` LIKE "%-05-17%"', True),
        ('`registered` >= "-10 days"', True),
        ('`registered` > "-10 days"', False),
        ('`subscribed_on` LIKE "2026-02-20 %"', True),
        (f"`registered` = {int((NOW - timedelta(days=10)).timestamp())}", True),
        ('`status` = "Active"', True),
        ('`bounce_type` = "SB" AND `bounces_count` = 2', True),
        ('TAG IS "VIP" AND INTEREST IS "sport"', True),
        ('TAG IS "vip"', False),
        ("MOD(`age`, 5) = 3", True),
        ("MOD(`id`, 1) = 0", True),
    ],
)
def test_comparisons(query: str, expected: bool) -> None:
    assert selects(query) is expected
    assert selects(f"NOT ({query})") is not expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('`city` = "x"', False),
        ('`city` = ""', True),
        ('`age` = ""', True),
        ('`born` != ""', False),
        ('`city` != ""', False),
        ("`age` > 0", False),
        ('`born` LIKE "%"', False),
        ("MOD(`age`, 2) = 0", False),
        ('`city` != "x"', True),
        ('`city` NOT LIKE "%"', True),
        ('TAG IS NOT "VIP"', True),
    ],
)
def test_a_contact_without_the_attribute(query: str, expected: bool) -> None:
    assert selects(query, BARE) is expected


MIDNIGHT_IN_LIMA = datetime(2026, 3, 2, 0, 30, tzinfo=ZoneInfo("America/Lima"))
"""05:30 in UTC."""
DAYS = [
    ('`registered` = "2026-03-01"', True),
    ('`registered` = "2026-03-02"', False),
    ('`registered` <= "2026-03-01"', True),
    ('`registered` < "2026-03-01"', False),
    ('`registered` > "2026-02-28"', True),
    ('`registered` > "2026-03-01"', False),
    ('`registered` = "today -1 day"', True),
    ('`registered` >= "today"', False),
    ('`registered` >= "today -1 hour"', True),
    ('`seen` = "2026-03-01"', True),
    ('`born` = "1990-05-17"', True),
    ('`born` <= "1990-05-17" AND `born` >= "1990-05-17"', True),
    ('`born` < "1990-05-17"', False),
    ('MAILING(12) IS OPENED SINCE "2026-03-01" UNTIL "2026-03-01"', True),
    ('MAILING(12) IS OPENED SINCE "2026-03-02"', False),
    ('MAILING(12) IS OPENED UNTIL "2026-02-28"', False),
]


@pytest.mark.parametrize(("query", "expected"), DAYS)
def test_a_date_compares_as_a_day_in_the_time_zone_of_the_account(query: str, expected: bool) -> None:
    """04:30 in UTC is the day before in Lima; a value that was written as a date is that day."""
    happened = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    person = contact(
        6, subscribed_at=happened, attributes=values(seen="2026-03-02 04:30:00", born="1990-05-17 00:00:00")
    )
    tree = bound(parse_query(query, SCHEMA), IDS)
    facts = {("opened", 12): [happened]}
    assert matches(tree, person, facts, MIDNIGHT_IN_LIMA) is expected
    assert matches(negated(tree), person, facts, MIDNIGHT_IN_LIMA) is not expected


def test_a_stored_value_of_another_type_is_as_if_missing() -> None:
    """Values are checked when they are written; one that does not fit its type matches nothing."""
    odd = contact(5, attributes=values(age="18", born=18, city=18))
    assert not selects("`age` = 18", odd)
    assert not selects('`born` > "1900-01-01"', odd)
    assert selects('`city` = "18"', odd)


def test_the_remainder_has_the_sign_of_the_value() -> None:
    assert selects("MOD(`age`, 5) = -2", contact(5, attributes=values(age=-7)))


def test_activity_and_its_windows() -> None:
    facts = {("opened", 12): [NOW - timedelta(days=8), NOW - timedelta(days=2)], ("link", 5): [NOW]}
    assert selects("MAILING(12) IS OPENED", facts=facts)
    assert selects('MAILING(12) IS OPENED SINCE "-3 days"', facts=facts)
    assert selects('MAILING(12) IS OPENED UNTIL "-7 days"', facts=facts)
    assert not selects('MAILING(12) IS OPENED SINCE "-7 days" UNTIL "-3 days"', facts=facts)
    assert selects('MAILING(12) IS NOT OPENED SINCE "-1 day"', facts=facts)
    assert not selects("MAILING(12) IS SENT OR MAILING(13) IS OPENED OR MAILING(5) IS CLICKED", facts=facts)
    assert selects("LINK(5) IS CLICKED", facts=facts)
    assert selects("MAILING(12) IS NOT OPENED", facts=None)


def test_moments_move_with_the_clock() -> None:
    tree = parse_fiql("registered=gt=-11 days", {})
    assert matches(tree, ADA, None, NOW)
    assert not matches(tree, ADA, None, NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("pieces", "text", "expected"),
    [
        (("a", "a"), "a", False),
        (("a", "a"), "aa", True),
        (("ab", "bc"), "abc", False),
        (("", "b", "b", ""), "abab", True),
        (("", "b", "b", "b"), "abab", False),
        (("", ""), "", True),
        (("",), "", True),
        (("",), "a", False),
    ],
)
def test_pieces_of_a_pattern_do_not_overlap(pieces: tuple[str, ...], text: str, expected: bool) -> None:
    assert matches_pattern(pieces, text) is expected
