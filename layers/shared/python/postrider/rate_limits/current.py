"""Keep what is left of the limits of the caller whose call this process handles."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quota:
    """The calls that are left of a limit, as far as this process knows. `name` is what the limit is for."""

    name: str
    max_calls: int
    window_s: int
    left: int
    resets_in_s: int


_quotas: ContextVar[Sequence[Quota]] = ContextVar("quotas", default=())


def begin_count() -> None:
    """Forget what the call before has used; every entry point begins with this."""
    _quotas.set(())


def set_quotas(*quotas: Quota) -> None:
    """Note that the call was counted, and what is left."""
    _quotas.set(quotas)


def add_quota(quota: Quota) -> None:
    """Note that the call was counted for one more limit."""
    _quotas.set((*_quotas.get(), quota))


def current_quotas() -> Sequence[Quota]:
    """Return what is left for the caller of this call; nothing when it was not counted."""
    return _quotas.get()
