"""Define limits, and the windows in which visits and calls are counted. Windows begin at multiples of their length."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """A limit of `most` visits or calls in each window of `window_s` seconds."""

    name: str
    most: int
    window_s: int
    is_worth_waiting: bool = True
    """Whether a refusal contains the time until a retry."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A limit of one call in any `every_s` seconds."""

    name: str
    every_s: int


@dataclass(frozen=True)
class Window:
    """A window, with its number since 1970."""

    number: int
    ends_at: datetime

    def left_s(self, now: datetime) -> int:
        """Return the whole seconds until the window has ended, at least one."""
        return max(1, ceil((self.ends_at - now).total_seconds()))


def window_of(now: datetime, length_s: int) -> Window:
    number = int(now.timestamp()) // length_s
    return Window(number, datetime.fromtimestamp((number + 1) * length_s, UTC))
