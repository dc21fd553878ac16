"""A list's attributes, contacts that differ in everything, and random expressions about them."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from postrider.contacts.model import BLOCK_SIZE, Contact, Status, SuppressionMark, WithdrawnBy
from postrider.filters import (
    NOBODY,
    Activity,
    Comparison,
    ExactText,
    InterestCondition,
    Kind,
    Modulo,
    Op,
    Pattern,
    RelativeMoment,
    TagCondition,
    all_of,
    any_of,
    bound,
    negated,
)
from postrider.filters.binding import Keys
from postrider.filters.tree import CONTACT_TEXTS, EXTERNAL_ID, fold
from postrider.suppressions.model import SuppressionSource

NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
SCHEMA = {
    "city": "text",
    "na-me": "text",
    "note": "mediumtext",
    "age": "integer",
    "born": "datetime",
    "seen": "timestamp",
}
ACCOUNT, LIST, BLOCK = "7", 70_001, 9_000_001
CITIES = ("Montréal", "Montre\u0301al", "montreal", "Laval", "LAVAL", "a%b*c", 'say "hi"\\', "")
TAGS = ("VIP", "vip", "new", "x.y+z")
INTERESTS = ("sport", "#music", "a@b")
MOMENTS = tuple(NOW + timedelta(days=days, hours=hours) for days in (-400, -31, -1, 0, 2) for hours in (0, 5))
CAMPAIGNS, LINKS = (11, 12), (5, 6)
IDS: Keys[str, int] = Keys(
    tags={name: number for number, name in enumerate(TAGS, 101)},
    interests={name: number for number, name in enumerate(INTERESTS, 201)},
    attributes={name: number for number, name in enumerate(SCHEMA, 301)},
)


def contact(number: int = 1, **given: Any) -> Contact:
    values: dict[str, Any] = {
        "account_id": ACCOUNT,
        "list_id": LIST,
        "id": BLOCK * BLOCK_SIZE + number,
        "email": f"Person{number}@Example.com",
        "address": f"person{number}@example.com",
        "status": Status.ACTIVE,
        "subscribed_at": NOW - timedelta(days=10),
        "updated_at": NOW,
    }
    return Contact(**(values | given))


def crowd(size: int) -> list[Contact]:
    """The same people every time, with values that the random expressions ask for."""
    dice = random.Random(20260302)

    def some(names: tuple[str, ...], ids: Mapping[str, int]) -> frozenset[int]:
        return frozenset(ids[name] for name in dice.sample(names, dice.randrange(len(names))))

    def attributes() -> dict[int, str | int]:
        full: dict[str, str | int] = {
            "city": dice.choice(CITIES),
            "na-me": dice.choice(("Ada", "ADA LOVELACE", "ß")),
            "note": "a" * dice.randrange(5) + dice.choice(CITIES),
            "age": dice.choice((-7, 0, 17, 18, 19, 10**15)),
            "born": dice.choice(MOMENTS).strftime("%Y-%m-%d %H:%M:%S"),
            "seen": dice.choice((dice.choice(MOMENTS).strftime("%Y-%m-%d %H:%M:%S"), "rubbish", 17)),
        }
        return {IDS.attributes[name]: value for name, value in full.items() if dice.random() < 0.75}

    def identifiers(number: int) -> dict[str, Any]:
        status = dice.choice(list(Status))
        no_address = {"email": "", "address": ""} if status == Status.UNADDRESSED else {}
        external_id = dice.choice((None, "a", "A", "17"))
        return {"status": status, "external_id": f"{external_id}{number}" if external_id else None, **no_address}

    return [
        contact(
            number,
            **identifiers(number),
            withdrawn_by=(None, *WithdrawnBy)[number % 5],
            mark=(None, *(SuppressionMark(source=source, since=NOW) for source in SuppressionSource))[number % 7 % 5],
            subscribed_at=dice.choice(MOMENTS),
            last_bounce_type=dice.choice(("none", "none", "hard", "soft")),
            bounces_count=dice.choice((0, 0, 1, 3)),
            groups=some(TAGS, IDS.tags),
            interests=some(INTERESTS, IDS.interests),
            attributes=attributes(),
        )
        for number in range(size)
    ]


def facts_for(person: Contact) -> dict[tuple[str, int], list[datetime]]:
    dice = random.Random(person.id)
    keys = [(kind.value, campaign) for kind in Kind for campaign in CAMPAIGNS] + [("link", link) for link in LINKS]
    return {key: dice.sample(MOMENTS, dice.randrange(1, 4)) for key in keys if dice.random() < 0.6}


_characters = st.characters(exclude_categories=["Cs"])
texts = st.sampled_from([fold(text) for text in (*CITIES, "ada", "active", "hb", "none", "9")]) | st.text(
    _characters, max_size=6
).map(fold).filter(lambda text: text == fold(text))
given_texts = texts.filter(lambda text: bool(text.strip()))
integers = st.sampled_from([-7, 0, 1, 17, 18, 3, 10**15]) | st.integers(-(2**63) + 1, 2**63 - 1)
relatives = st.builds(
    lambda anchor, amount, unit: RelativeMoment(anchor, amount, unit if amount else "days"),
    st.sampled_from(["now", "today"]),
    st.sampled_from([0, -31, -30, -1, 1, 24]) | st.integers(-99_999, 99_999),
    st.sampled_from(["minutes", "hours", "days", "weeks", "months", "years"]),
)
moments = (
    st.sampled_from(MOMENTS)
    | relatives
    | st.datetimes(allow_imaginary=False, timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
    | st.sampled_from([moment.date() for moment in MOMENTS])
    | st.dates()
)


def _pattern(pieces: list[str]) -> Pattern:
    return Pattern((pieces[0], *filter(None, pieces[1:-1]), pieces[-1]) if len(pieces) > 1 else (pieces[0],))


_short = texts | st.sampled_from(["", "a", "mon", "l", "2026-", "@example.com", "1"])
patterns = (
    st.lists(_short, min_size=1, max_size=4)
    .filter(lambda pieces: len(pieces) > 1 or bool(pieces[0].strip()))
    .map(_pattern)
)
_order = st.sampled_from([op for op in Op if op is not Op.LIKE])
_integer_fields = st.sampled_from(["id", "bounce_count", "age"])
_bounds = st.none() | moments

leaves = st.one_of(
    st.builds(
        Comparison, st.sampled_from(["email", "status", "bounce_type", "city", "na-me", "note"]), _order, given_texts
    ).filter(lambda leaf: (leaf.field, leaf.value) != ("status", "subscribed")),  # an alias, never in a tree
    st.builds(Comparison, st.sampled_from(sorted(SCHEMA)), st.just(Op.EQ), st.just("")),
    st.builds(Comparison, _integer_fields, _order, integers),
    st.builds(Comparison, st.sampled_from(["registered", "born", "seen"]), _order, moments),
    st.builds(
        Comparison,
        st.sampled_from(["email", "status", "id", "born", "registered", *SCHEMA]),
        st.just(Op.LIKE),
        patterns,
    ),
    st.builds(Modulo, _integer_fields, st.integers(1, 20), _order, st.integers(-20, 20)),
    st.builds(TagCondition, st.sampled_from(TAGS) | st.text(_characters, max_size=4)),
    st.builds(InterestCondition, st.sampled_from(INTERESTS)),
    st.builds(
        Activity, kind=st.sampled_from(Kind), campaign_id=st.sampled_from(CAMPAIGNS), since=_bounds, until=_bounds
    ),
    st.builds(Activity, kind=st.just(Kind.CLICKED), link_id=st.sampled_from(LINKS), since=_bounds, until=_bounds),
)


def _trees(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        of,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=4).map(all_of),
            st.lists(inner, min_size=2, max_size=4).map(any_of),
            inner.map(negated),
        ),
        max_leaves=12,
    )


trees = _trees(leaves)


def _texts_of(*fields: str) -> st.SearchStrategy[Any]:
    texts = (
        *CITIES,
        "Ada",
        "0",
        "-7",
        "17",
        "017",
        "1000000000000000",
        "17.0",
        "a1",
        "2026-03-02 14:00:00",
        *WithdrawnBy,
    )
    return st.builds(
        ExactText,
        st.sampled_from([*IDS.attributes.values(), *fields]),
        st.sampled_from(texts) | st.text(_characters, max_size=6),
    )


exact_texts = _texts_of(*sorted(CONTACT_TEXTS))
bound_trees = _trees(exact_texts | leaves.map(lambda leaf: bound(leaf, IDS)))
"""Conditions that compare texts exactly."""
people_trees = _trees(
    _texts_of(EXTERNAL_ID)
    | st.builds(TagCondition, st.sampled_from([NOBODY, *IDS.tags.values()]))
    | st.builds(Comparison, st.just("email"), st.just(Op.EQ), st.just("") | given_texts)
)
"""Conditions of the filters of people."""
