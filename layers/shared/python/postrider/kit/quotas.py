"""Keep quotas, also when several calls add at the same moment."""

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
    """Add `size` things if at most `quota` exist then. Raises `error` otherwise.

    Parallel calls that exceed the quota together undo what they added. So `count` must be consistent, and such calls may be
    refused although some of them would have fitted.
    """
    if count() + size > quota:
        raise error
    add()
    if count() > quota:
        undo()
        raise error
