"""Leases: moments at which a sender may send."""

from dataclasses import dataclass
from datetime import datetime

MICROS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A permission to send `count` mails from `start` on, `spacing_s` apart.

    A mail that is late by more than `tolerance_s` needs a new lease, so that the rate is not exceeded in any second.
    """

    start: float
    spacing_s: float
    count: int
    tolerance_s: float

    def moments(self) -> list[float]:
        """Return the moments of all mails in Unix seconds."""
        return [self.start + place * self.spacing_s for place in range(self.count)]


class TimelineBusy(Exception):
    """A refusal, because the next free moment is too far ahead; retry in about `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"the next free moment is {wait_s:.1f} s ahead")
        self.wait_s = wait_s


class DailyQuotaUsed(Exception):
    """A refusal, because the daily quota is used up: no mail may be sent before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"parked until {until.isoformat()}")
        self.until = until
