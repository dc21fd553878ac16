"""Keep for some seconds what calls that only show data read again and again.

Such a cache belongs to one process, which empties it at its own changes; a change by another process is seen MAX_AGE_S
later. What decides is read anew: consent and suppressions, the definitions that written values are checked with, the
attributes that a filter names, and all that mails are made of; only the confirmed sender that a program names by its
address, and the default list that a person is looked up in, may be as old. A thing that is not in the cache is looked up,
so what was just created is never missing.
"""

import time
from typing import Any

from cachetools import TTLCache

MAX_AGE_S = 3
_ENTRIES = 1000


def short_lived_cache() -> TTLCache[Any, Any]:
    return TTLCache(_ENTRIES, MAX_AGE_S, timer=lambda: time.monotonic())
