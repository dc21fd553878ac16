"""Store the remaining calls of the caller of the current call of this process."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quota:
    """The remaining calls of a limit, as far as this process knows. `name` is the subject of the limit."""

    name: str
    max_calls: int
    window_s: int
    left: int
    resets_in_s: int


_quotas: ContextVar[Sequence[Quota]] = ContextVar("quotas", default=())


def begin_count() -> None:
    """Clear the quotas of the previous call; every entry point begins with this."""
    _quotas.set(())


def set_quotas(*quotas: Quota) -> None:
    """Store that the call was counted, and the remaining calls."""
    _quotas.set(quotas)


def add_quota(quota: Quota) -> None:
    """Store that the call was counted for another limit."""
    _quotas.set((*_quotas.get(), quota))


def current_quotas() -> Sequence[Quota]:
    """Return the remaining calls of the caller of this call; empty if it was not counted."""
    return _quotas.get()
