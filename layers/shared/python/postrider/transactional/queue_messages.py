"""Messages of transactional mail."""

from typing import Literal

from pydantic import BaseModel

QUEUE = "send-transactional"


class SendEmail(BaseModel):
    """A request to send one copy of a mail, or all copies if `copy_id` is None. It has ids only.

    `turn_at` is the moment (Unix seconds) that the shared rate assigned to the copy; `pauses` counts its pauses.
    """

    kind: Literal["send_email"] = "send_email"
    account_id: str
    mail_id: int
    copy_id: int | None = None
    turn_at: float | None = None
    pauses: int = 0
