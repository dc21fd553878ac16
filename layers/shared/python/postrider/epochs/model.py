"""Define the epoch of the stored data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """The identity of the tables that may send, and the moment since which they may.

    It is stored in the tables. A restored copy has the identity of the original, which differs from its own. The restore adds the
    moment of the backup to it (`restored_to`). After a copy was taken up, mails that were due until `unknown_until` may have been
    sent by the original.
    """

    identity: str
    since: datetime
    unknown_until: datetime | None = None
    restored_to: datetime | None = None
