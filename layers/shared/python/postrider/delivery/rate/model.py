"""Moments to send at, leased to one sender."""

from dataclasses import dataclass
from datetime import datetime

MICROS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Lease:
    """`count` recipients from `start` on, `spacing_s` apart; each is to leave at its moment, or not with this lease.

    `tolerance_s`: a recipient that is later than this needs a lease anew, or two seconds' mail would go out in one.
    """

    start: float
    spacing_s: float
    count: int
    tolerance_s: float

    def moments(self) -> list[float]:
        """Unix seconds."""
        return [self.start + number * self.spacing_s for number in range(self.count)]


class LineBusy(Exception):
    """The next free moment lies too far ahead; come back in about `wait_s`."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"the next free moment is {wait_s:.1f} s ahead")
        self.wait_s = wait_s


class Parked(Exception):
    """The day's quota is used up: nobody sends before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"parked until {until.isoformat()}")
        self.until = until
