"""Bound the processes in which the stand-in runs functions: few at once, few starting, none idle for long.

The stand-in starts a process for each call that finds none free, as Lambda does, and keeps one of each function for ever.
On a laptop a burst of calls would then start dozens, each of which takes a second of a core, and none would be ready in
time. Calls over HTTP are bounded by the front (`infra.local.front`), which queues them; here the rest is bounded. This
module runs in the stand-in's own environment and imports nothing of the project.
"""

import os
import threading
import time
from itertools import count
from types import ModuleType
from typing import Any

CORES = os.cpu_count() or 1
STARTING_AT_ONCE = CORES
"""Processes that start at the same time; each takes a whole core."""
BATCHES_AT_ONCE = CORES + 1
"""Batches of messages that are handled at the same time, for all queues: the share of workers beside calls over HTTP."""
BATCHES_OF_ONE_QUEUE = CORES
"""Maximum number of concurrent batches of one queue, so that its backlog does not block the others."""
MOST_PROCESSES = 5 * CORES + 2
"""Maximum number of processes. If it is exceeded, the processes that were idle for the longest time end."""
IDLE_S = 60
END_TIMEOUT_S = 5
FIRST_CALL_EXTRA_S = 60
"""Added to the timeout of the call that starts a process, which imports what later calls find imported."""


class FunctionProcesses:
    """Replace what the stand-in does with worker processes; `runtime` and `service` are its two modules for Lambda."""

    def __init__(self, runtime: ModuleType, service: ModuleType) -> None:
        self._runtime, self._service = runtime, service
        self._starting = threading.Semaphore(STARTING_AT_ONCE)
        self._acquire, self._invoke = runtime.acquire_worker, runtime.Worker.invoke
        self._mappings, self._turn = service._iter_all_esms, count()
        self._batches_by_settings = service._sqs_esm_concurrency

    def install(self) -> None:
        processes = self

        def invoke(worker: Any, *arguments: Any, **options: Any) -> Any:
            return processes._invoke_started(worker, *arguments, **options)

        self._runtime.Worker.invoke = invoke
        self._runtime.reap_idle_workers = self._service.reap_idle_workers = self.end_idle
        self._service.acquire_worker = self._acquire_with_room
        self._service.release_worker = self._release
        self._service._sqs_esm_concurrency = self._batches_allowed
        self._service._iter_all_esms = self._mappings_in_turn

    def end_idle(self, ttl: float = IDLE_S) -> int:
        """End all processes that have been idle for so many seconds. Return their number."""
        return self._end(lambda idle_s, _: idle_s >= ttl)

    def _acquire_with_room(self, *arguments: Any, **options: Any) -> Any:
        """Lease a process of a function; when this makes one too many, end those that were used least recently."""
        acquired = self._acquire(*arguments, **options)
        if acquired[1] == "spawn":
            self._end(lambda _, newer: newer >= MOST_PROCESSES)
        return acquired

    def _release(self, worker: Any) -> None:
        if worker is not None:
            with self._runtime._lock:
                worker.in_use, worker.last_used = False, time.time()

    def _end(self, is_superfluous: Any) -> int:
        """End idle processes for which `is_superfluous(seconds idle, number of processes used more recently)` is true."""
        with self._runtime._lock:
            pools = self._runtime._workers
            workers = [worker for pool in pools.values() for worker in pool]
            workers.sort(key=lambda worker: (worker.in_use, worker.last_used), reverse=True)
            now = time.time()
            ended = [
                worker
                for newer, worker in enumerate(workers)
                if not worker.in_use and is_superfluous(now - worker.last_used, newer)
            ]
            for key in list(pools):
                pools[key] = [worker for worker in pools[key] if worker not in ended]
                if not pools[key]:
                    del pools[key]
        self._runtime.kill_workers(ended)
        return len(ended)

    def _invoke_started(self, worker: Any, *arguments: Any, **options: Any) -> Any:
        """Invoke a process. One that has to start first waits for its turn, and its first call gets more time."""
        if worker._proc is not None and worker._proc.poll() is None:
            return self._invoke(worker, *arguments, **options)
        with self._starting:
            self._start(worker)
        config = worker.config
        worker.config = {**config, "Timeout": config.get("Timeout", 30) + FIRST_CALL_EXTRA_S}
        try:
            return self._invoke(worker, *arguments, **options)
        finally:
            worker.config = config

    def _start(self, worker: Any) -> None:
        """Start a process; when it is killed before it is ready, start it once more.

        Lambda repeats an initialization that failed:
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
        """
        try:
            self._runtime.ensure_spawned(worker)
        except RuntimeError:
            if worker._proc.wait(timeout=END_TIMEOUT_S) >= 0:  # it ended by itself, with an error
                raise
            self._runtime.ensure_spawned(worker)

    def _batches_allowed(self, mapping: dict[str, Any], *arguments: Any) -> int:
        """Return how many batches of this queue may be handled at once, given those of all queues that are handled now."""
        allowed = self._batches_by_settings(mapping, *arguments)
        with self._service._esm_inflight_lock:
            free = BATCHES_AT_ONCE - sum(self._service._esm_inflight.values())
            of_this_queue = self._service._esm_inflight.get(mapping["UUID"], 0)
        return min(allowed, BATCHES_OF_ONE_QUEUE, of_this_queue + max(free, 0))

    def _mappings_in_turn(self) -> list[Any]:
        """Return the queues with workers, each time from another one on, so that none is always the last."""
        mappings = list(self._mappings())
        start = next(self._turn) % (len(mappings) or 1)
        return mappings[start:] + mappings[:start]
