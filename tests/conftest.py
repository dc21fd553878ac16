"""The platform as tests see it: real handlers in this process, on the stand-in for AWS, with a clock that tests move."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clock import MovableClock
from tests.standin import Drained, LocalAws, standin

__all__ = ["standin"]


@dataclass(frozen=True)
class Platform:
    aws: LocalAws
    clock: MovableClock

    def drain(self, *queues: str) -> Drained:
        """Run the workers until their queues are empty."""
        return self.aws.drain(*queues)


@pytest.fixture(scope="session")
def platform(standin: LocalAws) -> Iterator[Platform]:
    from postrider import bootstrap  # after the stand-in has set the environment

    clock = MovableClock()
    bootstrap.replace(clock=clock)
    yield Platform(standin, clock)
