"""Define the port that sends mails: one message to one recipient, with one answer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

ANSWER_TIMEOUT_S = 23.0
"""Timeout of a call of the mailer."""


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """A mail. `message` is the complete message (RFC 5322); `to` and `sender` are the addresses of the envelope.

    Every event about the mail has its `tags`, which may only have letters, digits, and _ . @ -
    """

    to: str
    sender: str
    message: bytes
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SendingLimits:
    """The limits of the account, in recipients. `max_per_day` is None without a daily limit.

    Without production access, only verified addresses get mail.
    """

    max_per_second: float
    max_per_day: int | None
    sent_last_day: int
    enabled: bool
    has_production_access: bool = True


class LimitsUnknown(Exception):
    """The limits of the mailer are unknown: it cannot be reached, or refuses the request."""


class MailerError(Exception):
    """The mail was not sent, or it is unknown whether it was sent. Each subclass is handled differently."""


class MailerThrottled(MailerError):
    """Not sent: the rate is exceeded, or the mailer could not be reached. Retry soon."""


class MailerQuotaReached(MailerError):
    """Not sent: the daily quota is used up. Check again at `reset_at`."""

    def __init__(self, message: str, *, reset_at: datetime) -> None:
        super().__init__(message)
        self.reset_at = reset_at


class MailerPaused(MailerError):
    """Not sent, and no other mail can be sent until an operator repairs the account or its identity."""


class MailerRefused(MailerError):
    """Not sent: the mailer refuses this mail permanently. `code` is stable and short."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class MailerUnknown(MailerError):
    """The answer was lost, so the mail may have been sent. Only an event of the mailer can prove it."""


class Mailer(Protocol):
    def send(self, mail: OutgoingMail) -> str:
        """Send one mail, with one attempt, and return its id at the mailer. Raises a MailerError."""
        ...

    def limits(self) -> SendingLimits:
        """Return the current limits. Raises LimitsUnknown."""
        ...

    def verified_identities(self) -> Collection[str]:
        """Return the addresses and domains that get mail without production access. Raises LimitsUnknown."""
        ...
