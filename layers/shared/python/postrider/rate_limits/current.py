"""Store the remaining calls of the caller of the current call of this process, and its lease."""

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


@dataclass(frozen=True)
class Lease:
    """A call in flight. `number` contains the moment at which the lease ends."""

    key: str
    number: int


_quotas: ContextVar[Sequence[Quota]] = ContextVar("quotas", default=())
_lease: ContextVar[Lease | None] = ContextVar("lease", default=None)


def begin_count() -> None:
    """Clear the quotas and the lease of the previous call; every entry point begins with this."""
    _quotas.set(())
    _lease.set(None)


def set_quotas(*quotas: Quota) -> None:
    """Store that the call was counted, and the remaining calls."""
    _quotas.set(quotas)


def add_quota(quota: Quota) -> None:
    """Store that the call was counted for another limit."""
    _quotas.set((*_quotas.get(), quota))


def current_quotas() -> Sequence[Quota]:
    """Return the remaining calls of the caller of this call; empty if it was not counted."""
    return _quotas.get()


def set_lease(lease: Lease | None) -> None:
    """Store that the call is in flight, or has ended."""
    _lease.set(lease)


def current_lease() -> Lease | None:
    """Return the lease of this call; None if it is not limited, or has ended."""
    return _lease.get()
