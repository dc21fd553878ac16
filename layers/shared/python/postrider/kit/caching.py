"""Cache data for some seconds in calls that only show it.

A cache belongs to one process, which empties it after its own changes; changes by other processes are visible after
MAX_AGE_S. Data for decisions is not cached: consent, suppressions, definitions by which values are checked, attributes in
filters, and contents of mails. Exceptions are the confirmed sender that a program names by its address, and the default
list in which a person is looked up. A missing entry is always looked up, so that new objects are found at once.
"""

import time
from typing import Any

from cachetools import TTLCache

MAX_AGE_S = 3
_ENTRIES = 1000


def short_lived_cache() -> TTLCache[Any, Any]:
    return TTLCache(_ENTRIES, MAX_AGE_S, timer=lambda: time.monotonic())
