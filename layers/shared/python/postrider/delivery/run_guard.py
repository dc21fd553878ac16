"""Decide before each claim whether mail of a run may be sent, from states that are at most two seconds old."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

from cachetools import LRUCache

from postrider.delivery import rules
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import Run, RunKey, RunState
from postrider.delivery.sources import MailSources, SourceState
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound

RUNS_CACHED = 64
LONG_AGO = datetime.fromtimestamp(0, UTC)
RUN_CACHED_FOR = timedelta(seconds=30)
"""Time for which a run is cached. While its source is delivering, only `parked_until` changes; RateService checks it too."""


class RunGuard:
    def __init__(
        self,
        ledger: Ledger,
        sources: MailSources,
        now: Clock,
        can_send: Callable[[], bool] = lambda: True,
        is_open: Callable[[str], bool] = lambda account_id: True,
    ) -> None:
        """Initialize the guard; `can_send` returns whether this deployment may send: a restored copy may not.

        `is_open` returns whether an account may send: a suspended or deleted account may not.
        """
        self._ledger, self._sources, self._now = ledger, sources, now
        self._can_send, self._is_open = can_send, is_open
        self._cache: LRUCache[RunKey, tuple[datetime, datetime, Run]] = LRUCache(RUNS_CACHED)
        self._lock = Lock()

    def sendable_run(self, key: RunKey) -> Run | None:
        """Return the run if its mail may be sent; return None if it is paused, parked, over, of a closed account, in a restored
        copy, or not the current run of its source.

        Only a sendable run is cached: with a cached refusal, messages that were enqueued by resuming would be lost. The
        threads of a sender may call this concurrently.
        """
        with self._lock:
            return self._sendable_run(key)

    def may_send(self) -> bool:
        """Return whether this deployment may send at all."""
        return self._can_send()

    def is_open(self, account_id: str) -> bool:
        """Return whether the account may send."""
        return self._is_open(account_id)

    def _sendable_run(self, key: RunKey) -> Run | None:
        if not self._can_send() or not self._is_open(key.account_id):
            return None
        now = self._now()
        source_read_at, run_read_at, run = self._cache.pop(key, (now, now, None))
        if run is None or now - source_read_at > rules.STATE_CACHED_FOR:
            source = self._delivering(key)
            if source is None or source.suspended:
                return None
            source_read_at = now
        if run is None or now - run_read_at > RUN_CACHED_FOR:
            run, run_read_at = self._sending(key), now
        if run is not None:
            self._cache[key] = (source_read_at, run_read_at, run)
        return run

    def replace_run(self, run: Run) -> None:
        """Replace the cached run after a change by this process; the source is read again before the next mail."""
        with self._lock:
            if run.key in self._cache:
                _, run_read_at, _ = self._cache[run.key]
                self._cache[run.key] = (LONG_AGO, run_read_at, run)

    def forget(self, key: RunKey) -> None:
        """Remove the run from the cache."""
        self._cache.pop(key, None)

    def is_current(self, key: RunKey) -> bool:
        """Return whether the source is still delivering this run, paused or not."""
        return self._delivering(key) is not None

    def _sending(self, key: RunKey) -> Run | None:
        run = self._ledger.run(key)
        if run is None or run.state != RunState.SENDING or rules.is_overdue(run, self._now()):
            return None
        is_parked = run.parked_until is not None and run.parked_until > self._now()
        return None if is_parked else run

    def _delivering(self, key: RunKey) -> SourceState | None:
        try:
            source = self._sources.get(key.account_id, key.source)
        except NotFound:
            return None
        return source if source.delivers(key.run_id) else None
