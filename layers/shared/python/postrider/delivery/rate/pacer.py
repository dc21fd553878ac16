"""Run jobs at the moments of a lease, concurrently if an answer takes longer than the time to the next moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Generic, TypeVar

from postrider.delivery.rate.model import Lease
from postrider.kit.clock import Clock

T = TypeVar("T")
Sleep = Callable[[float], None]
Job = Callable[[], T]


class Pacer:
    """A runner of jobs at the moments of a lease; with 0 `threads` they run sequentially in the calling thread."""

    def __init__(self, now: Clock, sleep: Sleep, *, threads: int) -> None:
        self._now, self._sleep, self._threads = now, sleep, threads

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="send")

    def run(self, lease: Lease, first: int, jobs: Sequence[Job[T]], stopped: threading.Event) -> "list[T | None]":
        """Run the jobs at the moments of the lease, beginning with moment `first`; return their answers.

        The answer of a job that was too late, or that came after `stopped` was set, is None; it was not begun.
        """
        moments = lease.moments()[first : first + len(jobs)]
        timed = [
            _Timed(job, moment + lease.tolerance_s, self._now, stopped)
            for job, moment in zip(jobs, moments, strict=True)
        ]
        if not self._threads:
            return [self._at(moment, job) for moment, job in zip(moments, timed, strict=True)]
        futures = []
        for moment, job in zip(moments, timed, strict=True):
            self._await(moment)
            futures.append(self._pool.submit(job))
        return [future.result() for future in futures]

    def _at(self, moment: float, job: "_Timed[T]") -> T | None:
        self._await(moment)
        return job()

    def _await(self, moment: float) -> None:
        wait = moment - self._now().timestamp()
        if wait > 0:
            self._sleep(wait)


class _Timed(Generic[T]):
    """A job that is not begun after its latest moment, nor once `stopped` is set."""

    def __init__(self, job: Job[T], latest: float, now: Clock, stopped: threading.Event) -> None:
        self._job, self._latest, self._now, self._stopped = job, latest, now, stopped

    def __call__(self) -> T | None:
        if self._stopped.is_set() or self._now().timestamp() > self._latest:
            return None
        return self._job()
