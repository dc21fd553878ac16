"""Messages of transactional mail."""

from pydantic import BaseModel

QUEUE = "send-email"


class SendEmail(BaseModel):
    """An order to send one copy of a mail, or all copies without a `copy_id`. It holds ids only.

    `turn_at` is the moment (Unix seconds) that the shared rate gave to the copy; `pauses` counts how often it had to wait.
    """

    account_id: str
    mail_id: int
    copy_id: int | None = None
    turn_at: float | None = None
    pauses: int = 0
