"""A tag of an account."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Tag:
    """`created_at` is the moment since which the account has this name."""

    name: str
    created_at: datetime
