"""Whether a run may go on: asked before each claim, answered from at most two seconds ago."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

from postrider.delivery import rules
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import Run, RunKey, RunState
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound

DELIVERING, SCHEDULED = "delivering", "scheduled"
KEPT_RUNS = 64
RUN_KEPT = timedelta(seconds=30)
"""What changes of a run while its campaign is delivering is that it is parked, and the rate ledger says that too."""


class Campaign(Protocol):
    """What sending knows of a campaign."""

    @property
    def id(self) -> int: ...
    @property
    def account_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def suspended(self) -> bool: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def list_id(self) -> int | None: ...
    @property
    def segment_id(self) -> int | None: ...
    @property
    def revision(self) -> int: ...
    @property
    def scheduled_for(self) -> datetime | None: ...


class Campaigns(Protocol):
    def get(self, account_id: str, campaign_id: int) -> Any:
        """Raises NotFound."""
        ...

    def start(self, account_id: str, campaign_id: int, *, run_id: str) -> Any:
        """The campaign, now delivering under `run_id`; None when it is not to be started (any more)."""
        ...

    def pause(self, account_id: str, campaign_id: int, *, reason: str) -> None: ...

    def finish(self, account_id: str, campaign_id: int, *, run_id: str) -> None: ...

    def unfinished(self) -> Iterator[tuple[str, int]]: ...


class RunGuard:
    def __init__(self, ledger: Ledger, campaigns: Campaigns, now: Clock) -> None:
        self._ledger, self._campaigns, self._now = ledger, campaigns, now
        self._kept: dict[RunKey, tuple[datetime, datetime, Run]] = {}

    def open(self, key: RunKey) -> Run | None:
        """The run, while mail of it may leave; None when it is paused, parked, cancelled, over, or another run's turn.

        Only a yes is kept: a no from before a resumption would drop the very messages that it ordered.
        """
        now = self._now()
        campaign_at, run_at, run = self._kept.pop(key, (now, now, None))
        if run is None or now - campaign_at > rules.STATE_KEPT:
            campaign = self._campaign(key)
            if campaign is None or campaign.suspended:
                return None
            campaign_at = now
        if run is None or now - run_at > RUN_KEPT:
            run, run_at = self._sending(key), now
        if run is None:
            return None
        while len(self._kept) >= KEPT_RUNS:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = (campaign_at, run_at, run)
        return run

    def forget(self, key: RunKey) -> None:
        self._kept.pop(key, None)

    def current(self, key: RunKey) -> bool:
        """Whether the campaign is (still) delivering this run, paused or not."""
        return self._campaign(key) is not None

    def _sending(self, key: RunKey) -> Run | None:
        run = self._ledger.run(key)
        if run is None or run.state != RunState.SENDING:
            return None
        parked = run.parked_until is not None and run.parked_until > self._now()
        return None if parked else run

    def _campaign(self, key: RunKey) -> Campaign | None:
        try:
            campaign: Campaign = self._campaigns.get(key.account_id, key.campaign_id)
        except NotFound:
            return None
        return campaign if campaign.status == DELIVERING and campaign.run_id == key.run_id else None
