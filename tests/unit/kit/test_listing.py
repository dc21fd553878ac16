"""Pages of a listing in memory."""

from dataclasses import dataclass
from enum import StrEnum

import pytest

from postrider.kit.listing import select_page
from postrider.kit.sorting import Sort


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Thing:
    id: int
    name: str
    colour: Colour = Colour.RED
    confirmed: bool = False
    rank: int | None = None
    tags: frozenset[str] = frozenset()


THINGS = [
    Thing(1, "beta", rank=2, tags=frozenset({"x", "y"})),
    Thing(2, "Alpha", Colour.BLUE, confirmed=True),
    Thing(3, "gamma", Colour.BLUE, rank=1),
    Thing(4, "alpha", rank=2),
]


def ids(
    filters: dict[str, list[str]] | None = None, sort: Sort | None = None, page: int = 1, per_page: int = 50
) -> list[int]:
    items, _ = select_page(THINGS, filters=filters or {}, sort=sort, page=page, per_page=per_page)
    return [thing.id for thing in items]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"name": ["ALPHA"]}, [2, 4]),
        ({"name": ["alph"]}, []),
        ({"colour": ["blue"]}, [2, 3]),
        ({"colour": ["Blue"]}, []),
        ({"colour": ["blue"], "name": ["gamma", "beta"]}, [3]),
        ({"confirmed": ["true"]}, [2]),
        ({"confirmed": ["0"]}, [1, 3, 4]),
        ({"rank": ["2"]}, [1, 4]),
        ({"tags": ["y"]}, [1]),
    ],
)
def test_every_term_must_match_with_any_of_its_values(filters: dict[str, list[str]], expected: list[int]) -> None:
    assert ids(filters) == expected


def test_sorting_ignores_case_and_is_stable() -> None:
    assert ids(sort=Sort("name")) == [2, 4, 1, 3]
    assert ids(sort=Sort("name", descending=True)) == [3, 1, 2, 4]


def test_missing_values_are_sorted_first() -> None:
    assert ids(sort=Sort("rank")) == [2, 3, 1, 4]


def test_pages_are_cut_after_filtering_and_the_total_counts_all() -> None:
    assert ids(page=2, per_page=3) == [4]
    assert ids(page=9) == []
    assert select_page(THINGS, filters={"colour": ["red"]}, sort=None, page=2, per_page=1)[1] == 2
