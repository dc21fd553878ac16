"""A quota holds, whatever calls are made at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from postrider.kit.errors import Invalid
from postrider.kit.quotas import add_within_quota

QUOTA, CALLS = 3, 8


def test_parallel_calls_do_not_exceed_a_quota_together():
    """All calls have looked before the first one adds."""
    things, everybody_looked = ["old"], Barrier(CALLS)

    def call(name: str) -> bool:
        def add() -> None:
            everybody_looked.wait()
            things.append(name)

        try:
            add_within_quota(
                QUOTA, add=add, undo=lambda: things.remove(name), count=lambda: len(things), error=Invalid("full")
            )
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(CALLS) as threads:
        added = list(threads.map(call, map(str, range(CALLS))))
    assert len(things) == 1 + sum(added) <= QUOTA


@pytest.mark.parametrize(("size", "is_added"), [(2, True), (3, False)])
def test_a_call_that_fits_is_added_whole_and_another_not_at_all(size, is_added):
    things = ["old"]
    new = [str(number) for number in range(size)]
    try:
        add_within_quota(
            QUOTA,
            size=size,
            add=lambda: things.extend(new),
            undo=lambda: things.clear(),
            count=lambda: len(things),
            error=Invalid("full"),
        )
    except Invalid:
        assert not is_added
    assert things == (["old", *new] if is_added else ["old"])
