"""Run jobs at the moments of a lease, concurrently if an answer takes longer than the time to the next moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Generic, TypeVar

from postrider.delivery.rate.model import Lease
from postrider.delivery.rate.pace import Pace
from postrider.kit.clock import Clock

T = TypeVar("T")
Sleep = Callable[[float], None]
Job = Callable[[], T]


class Pacer:
    """A runner of jobs at the moments of leases, which learns its own `pace`.

    With 0 `threads` the jobs run sequentially in the calling thread.
    """

    def __init__(self, now: Clock, sleep: Sleep, *, threads: int) -> None:
        self._now, self._sleep, self._threads = now, sleep, threads
        self.pace = Pace()
        self._began_preparing = 0.0

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="send")

    def await_turn(self, lease: Lease) -> None:
        """Wait until it is time to prepare the jobs of the lease."""
        self._await(lease.start - self.pace.lead_s)
        self._began_preparing = self._now().timestamp()

    def run(self, lease: Lease, jobs: Sequence[Job[T]], stopped: threading.Event) -> "list[T | None]":
        """Run the jobs at the moments of the lease, after `await_turn`; return their answers.

        A job that is too late, or comes after `stopped` was set, is not started; its answer is None.
        """
        self.pace.learn_preparation(self._now().timestamp() - self._began_preparing, len(jobs))
        moments = lease.moments()[: len(jobs)]
        timed = [
            _TimedJob(job, moment, lease.tolerance_s, self._now, stopped)
            for job, moment in zip(jobs, moments, strict=True)
        ]
        answers = self._run_threaded(timed) if self._threads else [self._at_its_moment(job) for job in timed]
        self._learn_sending(timed)
        return answers

    def _learn_sending(self, timed: "Sequence[_TimedJob[T]]") -> None:
        begun = [(job.began_at, job.began_at - job.moment) for job in timed if job.began_at is not None]
        if len(begun) > 1:
            (first, late_at_first), (last, _) = begun[0], begun[-1]
            fell_behind_s = max(late for _, late in begun) - late_at_first
            self.pace.learn_sending((last - first) / (len(begun) - 1), fell_behind_s)

    def _run_threaded(self, timed: "Sequence[_TimedJob[T]]") -> "list[T | None]":
        futures = []
        for job in timed:
            self._await(job.moment)
            futures.append(self._pool.submit(job))
        return [future.result() for future in futures]

    def _at_its_moment(self, job: "_TimedJob[T]") -> T | None:
        self._await(job.moment)
        return job()

    def _await(self, moment: float) -> None:
        wait = moment - self._now().timestamp()
        if wait > 0:
            self._sleep(wait)


class _TimedJob(Generic[T]):
    """A job that is not started later than `tolerance_s` after its moment, or after `stopped` was set."""

    def __init__(self, job: Job[T], moment: float, tolerance_s: float, now: Clock, stopped: threading.Event) -> None:
        self._job, self.moment, self._tolerance_s = job, moment, tolerance_s
        self._now, self._stopped = now, stopped
        self.began_at: float | None = None

    def __call__(self) -> T | None:
        now = self._now().timestamp()
        if self._stopped.is_set() or now > self.moment + self._tolerance_s:
            return None
        self.began_at = now
        return self._job()
