"""The progress of a run: its recipients by outcome, its speed, and the remaining time."""

from dataclasses import dataclass, field
from datetime import datetime

from postrider.delivery import rules
from postrider.delivery.model import Run, RunTotals, Tally
from postrider.delivery.rate.rules import marketing_rate
from postrider.delivery.rate.service import RateService
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.sources import DELIVERING, SourceState
from postrider.kit.clock import Clock
from postrider.ports.mailer import LimitsUnknown


@dataclass(frozen=True, kw_only=True)
class SendingProgress:
    """The recipients of a run by outcome, and its speed in mails a second.

    `planned` grows until `is_planned`. `allowed_rate`, which all senders share, is None if it is unknown.
    `time_left_s` is None for a run that is not sending. `parked_until` is set while the daily quota is used up.
    """

    planned: int = 0
    tally: Tally = field(default_factory=Tally)
    is_planned: bool = False
    rate: float = 0.0
    allowed_rate: float | None = None
    time_left_s: int | None = None
    parked_until: datetime | None = None

    @property
    def remaining(self) -> int:
        return max(0, self.planned - self.tally.total)


class RunProgress:
    def __init__(self, accounting: RunAccounting, rates: RateService, now: Clock) -> None:
        self._accounting, self._rates, self._now = accounting, rates, now

    def of(self, state: SourceState, run: Run | None) -> SendingProgress:
        """Return the progress of the current run of the source."""
        allowed = self.allowed_rate()
        if run is None:
            return SendingProgress(allowed_rate=allowed)
        now, totals = self._now(), self._accounting.totals(run.key)
        tally = totals.tally + Tally(sent=totals.underway)
        is_sending = state.status == DELIVERING and not state.suspended
        is_parked = is_sending and run.parked_until is not None and run.parked_until > now
        rate = sending_rate(totals, began_at=run.began_at, now=now)
        left = max(0, totals.planned - tally.total)
        speed = rate or allowed
        return SendingProgress(
            planned=totals.planned,
            tally=tally,
            is_planned=totals.blocks_planned == totals.blocks,
            rate=rate if state.status == DELIVERING else 0.0,
            allowed_rate=allowed,
            time_left_s=round(left / speed) if is_sending and not is_parked and speed else None,
            parked_until=run.parked_until if is_parked else None,
        )

    def allowed_rate(self) -> float | None:
        """Return the allowed number of mails a second, or None if it is unknown."""
        try:
            return marketing_rate(self._rates.limits().max_per_second)
        except LimitsUnknown:
            return None


def sending_rate(totals: RunTotals, *, began_at: datetime, now: datetime) -> float:
    """Return the number of mails a second that were sent in the current and the previous minute."""
    minute = rules.minute_of(now)
    sent = totals.underway + sum(totals.tally.sent_by_minute.get(recent, 0) for recent in (minute, minute - 1))
    since = max(began_at.timestamp(), (minute - 1) * 60)
    return sent / max(1.0, now.timestamp() - since)
