"""Check that many calls change nothing, by one comparison of the stored data."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import pytest

from tests.testing.harness import Answer


class Scene(Protocol):
    """The accounts that calls are made in or against."""

    def stored(self) -> object:
        """Return what the calls must not change."""
        ...


class Drains(Protocol):
    def drain(self) -> object: ...


S = TypeVar("S", bound=Scene)
C = TypeVar("C")


def answers_without_change(
    platform: Drains, scene: S, make_scene: Callable[[], S], cases: Iterable[C], call: Callable[[S, C], Answer]
) -> list[tuple[C, Answer]]:
    """Make all calls, run the workers, and return the answers if the stored data is unchanged.

    Otherwise each call is made alone in a new scene, and the test fails with the names of those that change it.
    """
    before = scene.stored()
    answers = [(case, call(scene, case)) for case in cases]
    platform.drain()
    if scene.stored() != before:
        guilty = [str(case) for case, _ in answers if _changes(platform, make_scene(), case, call)]
        pytest.fail(f"These calls changed what is stored: {', '.join(guilty) or 'all together, none of them alone'}")
    return answers


def _changes(platform: Drains, scene: S, case: C, call: Callable[[S, C], Answer]) -> bool:
    platform.drain()
    before = scene.stored()
    call(scene, case)
    platform.drain()
    return scene.stored() != before
