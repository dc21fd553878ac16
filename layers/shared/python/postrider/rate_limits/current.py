"""Store the remaining calls of the caller of the current call of this process, and whether it is in flight."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RemainingCalls:
    """The remaining calls of a limit, as far as this process knows. `name` is the subject of the limit."""

    name: str
    max_calls: int
    window_s: int
    left: int
    resets_in_s: int


@dataclass(frozen=True)
class Flight:
    """A call in flight. `number` contains the moment at which it has ended in any case."""

    key: str
    number: int


_remaining: ContextVar[Sequence[RemainingCalls]] = ContextVar("remaining_calls", default=())
_flight: ContextVar[Flight | None] = ContextVar("flight", default=None)


def begin_count() -> None:
    """Clear the quotas and the flight of the previous call; every entry point begins with this."""
    _remaining.set(())
    _flight.set(None)


def set_remaining_calls(*limits: RemainingCalls) -> None:
    """Store that the call was counted, and the remaining calls."""
    _remaining.set(limits)


def add_remaining_calls(limit: RemainingCalls) -> None:
    """Store that the call was counted for another limit."""
    _remaining.set((*_remaining.get(), limit))


def current_remaining_calls() -> Sequence[RemainingCalls]:
    """Return the remaining calls of the caller of this call; empty if it was not counted."""
    return _remaining.get()


def set_flight(flight: Flight | None) -> None:
    """Store that the call is in flight, or has ended."""
    _flight.set(flight)


def current_flight() -> Flight | None:
    """Return this call if it is in flight; None if it is not limited, or has ended."""
    return _flight.get()
