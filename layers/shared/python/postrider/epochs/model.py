"""Define the epoch of the stored data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """The identity of the tables that may send what is stored in them, and since when.

    It is stored in the tables, so that a copy of them holds the identity of the original, which is not its own.
    """

    identity: str
    since: datetime
