"""Delete what nothing uses, also when a use begins at the same moment."""

from collections.abc import Callable

from postrider.kit.errors import PostriderError


def delete_unused(*, check: Callable[[], None], delete: Callable[[], object], restore: Callable[[], object]) -> None:
    """Delete something unless `check` raises, because it is used.

    It is checked again afterwards, and restored if a use began meanwhile. A call that begins a use must look after its
    write whether the thing still exists. So one of two such calls is refused, or both; `check` must be consistent.
    """
    check()
    delete()
    try:
        check()
    except PostriderError:
        restore()
        raise
