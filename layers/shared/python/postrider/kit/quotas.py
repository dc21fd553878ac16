"""Enforce quotas, also for concurrent calls."""

from collections.abc import Callable


def add_within_quota(
    quota: int,
    *,
    add: Callable[[], object],
    undo: Callable[[], object],
    count: Callable[[], int],
    error: Exception,
    size: int = 1,
) -> None:
    """Add `size` objects if at most `quota` exist afterwards. Raises `error` otherwise.

    Concurrent calls that exceed the quota together undo their additions. So `count` must be consistent, and such calls may
    all be refused although some of them would have fitted.
    """
    if count() + size > quota:
        raise error
    add()
    if count() > quota:
        undo()
        raise error
