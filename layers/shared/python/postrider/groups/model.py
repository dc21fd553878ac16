"""A group of contacts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """The name for a group in the API that created it. Names of groups are unique over all purposes."""

    TAG = "tag"
    SEGMENT = "segment"
    BOOK = "book"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Contacts hold the ids of their groups, so a group is renamed or deleted without writing any contact.

    `public`: members may see it and leave it themselves. A group that is not `active` is hidden where groups are chosen.
    """

    id: int
    account_id: str
    name: str
    purpose: Purpose
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    public: bool = False
    active: bool = True
