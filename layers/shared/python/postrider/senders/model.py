"""Define a sender: a name and a confirmed address from which mail is sent."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Sender:
    """A sender. `numeric_id` is a second id, unique on the platform, for programs that need integers."""

    id: str
    numeric_id: int
    account_id: str
    name: str
    email: str
    confirmed: bool
    created_at: datetime
    language: str | None = None
    confirmed_at: datetime | None = None
    last_confirmation_sent_at: datetime | None = None
