"""Pause between the attempts of a call that a service refuses temporarily.

No library is used: importing a retry library costs 26 ms of CPU, and would save few lines.
"""

import random
import time
from collections.abc import Iterator

ATTEMPTS = 8
FIRST_PAUSE_S = 0.05


class Throttled(Exception):
    """A service refused a call, or parts of it, in every attempt. Other parts of the call took effect."""


def pauses() -> Iterator[None]:
    """Yield once per attempt, after a growing random pause except at the first. Raises Throttled after the last."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, FIRST_PAUSE_S * 2**attempt))
        yield
    raise Throttled(f"refused {ATTEMPTS} times")
