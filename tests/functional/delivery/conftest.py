"""Worlds on the stand-in's DynamoDB; the storage contract runs on memory as well."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Platform
from tests.functional.delivery.memory_ledger import MemoryLedger, MemoryTimeline
from tests.functional.delivery.world import World
from tests.testing.factories.activity import close_open_runs


@pytest.fixture(params=["dynamodb", "memory"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    """A ledger and a timeline of moments; runs that stay open are closed, for other tests sweep all they find."""
    if request.param == "memory":
        yield MemoryLedger(), MemoryTimeline()
        return
    yield _on_dynamodb(request.getfixturevalue("platform"))
    close_open_runs()
    _free_the_line()


@pytest.fixture
def make_world(platform: Platform) -> Iterator[Callable[..., World]]:
    """A new world on DynamoDB; runs that other tests left open are closed, for a sweeper checks every open run."""
    close_open_runs()

    def make(**options: Any) -> World:
        ledger, timeline = _on_dynamodb(platform)
        return World(ledger, timeline, **options)

    yield make
    close_open_runs()
    _free_the_line()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


def _on_dynamodb(platform: Platform) -> tuple[Any, Any]:
    from postrider.delivery.rate.repository import DynamoTimeline
    from postrider.delivery.repository import DynamoLedger

    _free_the_line()
    return DynamoLedger(), DynamoTimeline()


def _free_the_line() -> None:
    """Delete the moments taken by the clock of a world, which lie far ahead of the platform's."""
    from postrider.delivery.rate.table import TimelineItem

    TimelineItem("ses", "timeline").delete()
