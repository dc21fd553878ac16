"""Define a group of contacts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class GroupPurpose(StrEnum):
    """The word for a group in the API that created it. Names of groups are unique across all purposes."""

    TAG = "tag"
    SEGMENT = "segment"
    BOOK = "book"


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group. Contacts store the ids of their groups, so that a group is renamed or deleted without writing contacts.

    With `public`, members may see it and leave it themselves. A group that is not `active` cannot be chosen.
    """

    id: int
    account_id: str
    name: str
    purpose: GroupPurpose
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    public: bool = False
    active: bool = True
