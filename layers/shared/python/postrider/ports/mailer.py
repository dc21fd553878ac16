"""What hands mail to the outside: one message, one recipient, one answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """`message` is the whole of it (RFC 5322); `to` and `sender` are bare addresses, the envelope.

    `tags` come back with every event about the mail: letters, digits, and _ . @ - only.
    """

    to: str
    sender: str
    message: bytes
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SendingLimits:
    """What the account may send, counted in recipients; `max_per_day` is None when there is no such limit."""

    max_per_second: float
    max_per_day: int | None
    sent_last_day: int
    enabled: bool


class MailerError(Exception):
    """The mail was not sent, or it is not known whether it was; each kind asks for another answer."""


class MailerThrottled(MailerError):
    """Not sent: too many at this moment, or the mailer was not reached at all. The same mail may be sent soon."""


class MailerQuotaReached(MailerError):
    """Not sent: the day's quota is used up. Worth another look at `reset_at`."""

    def __init__(self, message: str, *, reset_at: datetime) -> None:
        super().__init__(message)
        self.reset_at = reset_at


class MailerPaused(MailerError):
    """Not sent, and no other mail will be either until somebody mends the account or its identity."""


class MailerRefused(MailerError):
    """Not sent: this very mail is not taken, and trying it again cannot help. `code` is stable and short."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class MailerUnknown(MailerError):
    """The answer was lost: the mail may be on its way. Only an event of the mailer can tell."""


class Mailer(Protocol):
    def send(self, mail: OutgoingMail) -> str:
        """Hand over one mail; its id at the mailer. Never tries twice by itself. Raises a MailerError."""
        ...

    def limits(self) -> SendingLimits:
        """At most a minute old."""
        ...
