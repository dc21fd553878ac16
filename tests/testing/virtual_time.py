"""Processes on simulated time: threads of which one runs at a time, while the others wait for their moments."""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class SimulationOver(BaseException):
    """The simulation is over: no handler of the code under test may catch it."""


class VirtualTime:
    """A clock that moves on when all processes wait. It is called for the current moment, as every Clock."""

    def __init__(self) -> None:
        self._now = 0.0
        self._end = float("inf")
        self._waiting: list[tuple[float, int, threading.Semaphore]] = []
        self._order = itertools.count()
        self._done = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self.failures: list[BaseException] = []

    def __call__(self) -> datetime:
        return BEGINNING + timedelta(seconds=self._now)

    @property
    def seconds(self) -> float:
        return self._now

    def move(self, by: timedelta) -> None:
        """Move on while no process runs."""
        self._now += by.total_seconds()

    def start(self, process: Callable[[], None]) -> None:
        """Make a process, which begins when the simulation runs."""
        turn = threading.Semaphore(0)

        def run() -> None:
            turn.acquire()
            try:
                process()
            except SimulationOver:
                pass
            except BaseException as exc:  # of the code under test: the simulation fails
                self.failures.append(exc)
                self._end = self._now
            self._pass_on()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)
        heapq.heappush(self._waiting, (self._now, next(self._order), turn))

    def run(self, seconds: float) -> None:
        """Run all processes for this long."""
        self._end = self._now + seconds
        self._pass_on()
        self._done.acquire()
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def sleep(self, seconds: float) -> None:
        """Wait, as the calling process. Raises SimulationOver when the simulation is."""
        turn = threading.Semaphore(0)
        heapq.heappush(self._waiting, (self._now + max(seconds, 0.0), next(self._order), turn))
        self._pass_on()
        turn.acquire()
        if self._now >= self._end:
            raise SimulationOver

    def _pass_on(self) -> None:
        if self._waiting:
            moment, _, turn = heapq.heappop(self._waiting)
            self._now = max(self._now, moment)
            turn.release()
        else:
            self._done.release()
