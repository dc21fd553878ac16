"""The platform under test: real handlers in this process, on the stand-in for AWS, with a movable clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck

from tests.testing.clock import MovableClock
from tests.testing.fakes import MemoryRunner, MemoryScheduler
from tests.testing.grants import acting_as
from tests.testing.standin import Drained, LocalAws, lambda_context, standin

__all__ = ["standin"]


NO_HURRY = {
    "deadline": None,  # other programs run on this machine
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
}
hypothesis.settings.register_profile("ci", max_examples=50, derandomize=False, **NO_HURRY)
hypothesis.settings.register_profile("deep", max_examples=300, **NO_HURRY)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.testing.distribution import OneWorkerPerModule  # only where tests are spread

    return OneWorkerPerModule(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # in a process of pytest-xdist
        from tests.testing.distribution import put_long_folders_first

        put_long_folders_first(items)


@dataclass(frozen=True)
class Platform:
    aws: LocalAws
    clock: MovableClock
    scheduler: MemoryScheduler
    runner: MemoryRunner

    def drain(self, *queues: str, rounds: int | None = None) -> Drained:
        """Run the workers until their queues are empty."""
        return self.aws.drain(*queues, rounds=rounds)

    def ring(self) -> None:
        """Put the messages of due alarms on the queues."""
        from postrider import bootstrap

        for queue, order in self.scheduler.due(self.clock()):
            bootstrap.queue().send(queue, [order], group="alarms")

    def wake(self) -> int:
        """Executions whose moment has come call their task; return how often."""
        from functions.executions.wake_clock.handler import lambda_handler

        calls = 0
        for execution in self.runner.due(self.clock()):
            with acting_as("functions.executions.wake_clock.handler"):
                answer = lambda_handler(
                    {"wake_up": execution.wake_up, "turns": execution.turns}, lambda_context("wake-clock")
                )
            self.runner.turn(execution.name, answer)
            calls += 1
        return calls

    def sweep(self) -> None:
        """The jobs of the schedule of every minute."""
        from functions.schedules.sweep_runs.handler import lambda_handler

        lambda_handler({}, lambda_context("sweep-runs"))


@pytest.fixture(scope="session")
def platform(standin: LocalAws) -> Platform:
    from postrider import bootstrap  # after the stand-in has set the environment

    clock, scheduler, runner = MovableClock(), MemoryScheduler(), MemoryRunner()
    bootstrap.use(
        bootstrap.Overrides(
            clock=clock,
            scheduler=scheduler,
            workflow_runner=runner,
            sleep=lambda seconds: clock.move(timedelta(seconds=seconds)),
            sending_threads=0,
            password_hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1),
        )
    )
    return Platform(standin, clock, scheduler, runner)


@pytest.fixture(autouse=True)
def waiting_work_ends_with_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Remove messages, alarms, executions and runs that a test has left, so that no other test works on them."""
    names = {"standin", "platform"} & set(request.fixturenames)
    used = {name: request.getfixturevalue(name) for name in names}
    yield
    if aws := used.get("standin"):
        aws.purge()
    if platform := used.get("platform"):
        from tests.testing.factories.activity import close_open_runs  # after the stand-in has set the environment

        platform.scheduler.alarms.clear()
        platform.runner.open.clear()
        close_open_runs()
