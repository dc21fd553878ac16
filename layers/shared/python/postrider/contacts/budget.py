"""Bound the work of one call that searches contacts: API Gateway gives up after 30 seconds, and a list may have millions."""

import time
from collections.abc import Callable

MAX_SECONDS = 20
"""Maximum duration of the reads of a call, which ends after 29 s: one more block may be read, and a page rendered."""
MAX_TESTS = 5_000_000
"""Contacts times conditions: at 2 µs for a condition, ten seconds of a function with 1,024 MB."""


class SearchBudget:
    """The remaining work of a call. `conditions` is the number of conditions that each contact is tested for."""

    def __init__(self, conditions: int, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._conditions = max(conditions, 1)
        self._timer, self._deadline, self._tests_left = timer, timer() + MAX_SECONDS, MAX_TESTS
        self.tested = 0
        """Contacts tested so far."""

    def spend(self) -> None:
        """Count the test of one contact."""
        self.tested += 1
        self._tests_left -= self._conditions

    @property
    def is_spent(self) -> bool:
        return self._tests_left <= 0 or self._timer() > self._deadline
