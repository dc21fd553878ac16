"""Delete unused objects, safe against concurrent uses."""

from collections.abc import Callable

from postrider.kit.errors import PostriderError


def delete_unused(*, check: Callable[[], None], delete: Callable[[], object], restore: Callable[[], object]) -> None:
    """Delete an object unless `check` raises an error because it is in use.

    It is checked again afterwards, and restored if a use began meanwhile. A call that begins a use must check after its
    write that the object still exists. So at least one of two concurrent calls is refused; `check` must be consistent.
    """
    check()
    delete()
    try:
        check()
    except PostriderError:
        restore()
        raise
