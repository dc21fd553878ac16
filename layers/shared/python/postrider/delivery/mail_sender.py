"""Write the mail of a recipient, pass it to the mailer, and return the outcome."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from postrider.delivery import rules
from postrider.delivery.model import Run
from postrider.kit.clock import Clock
from postrider.kit.errors import PostriderError
from postrider.kit.observability import logger
from postrider.ports.mailer import (
    Mailer,
    MailerError,
    MailerPaused,
    MailerQuotaReached,
    MailerRefused,
    MailerThrottled,
    MailerUnknown,
    OutgoingMail,
)

UNWRITABLE = "unwritable"


class Writer(Protocol):
    """A writer of the mails of one run."""

    def variant_of(self, contact_id: int, recipient: Any | None) -> int:
        """Return the id of the variant of a recipient, which never changes; 0 if the content has no variants.

        `recipient` is None if the contact was deleted.
        """
        ...

    def write(self, recipient: Any, *, reference: str, variant: int) -> OutgoingMail:
        """Write the mail of a recipient with this variant. Raises Invalid if it cannot be written."""
        ...


class WriterFactory(Protocol):
    """A factory of the writers of runs."""

    def writer(self, run: Run) -> Writer:
        """Return the writer of a run. Raises Invalid if its content cannot be sent."""
        ...


@dataclass(frozen=True, kw_only=True)
class SentMail:
    message_id: str


@dataclass(frozen=True, kw_only=True)
class FailedMail:
    code: str


class LostAnswer:
    """A lost answer of the mailer: the mail may have been sent."""


Answer = SentMail | FailedMail | LostAnswer | None
"""The outcome of a mail. None: it was certainly not sent, and may be sent later."""


class MailSender:
    """A sender of the mails of one attempt, which stops after an answer that applies to all mails.

    It calls `may_send` before each mail, because the moment of a mail may be long after its claim. It also stops, without a
    `reason`, if `may_send` fails, or if a claim is about to expire because this process was suspended for a time. It raises
    no exception, so that the outcomes of other mails are recorded.
    """

    def __init__(self, mailer: Mailer, now: Clock, may_send: Callable[[], bool]) -> None:
        self._mailer, self._now, self._may_send = mailer, now, may_send
        self._lock = threading.Lock()
        self.stopped = threading.Event()
        self.reason: MailerError | None = None
        self._lost = 0

    def is_allowed(self) -> bool:
        """Return whether a mail may be sent; False if this cannot be read now, so that the mail is retried."""
        try:
            return self._may_send()
        except Exception as exc:
            logger.exception("a mail is retried: the state of its source cannot be read", error=type(exc).__name__)
            return False

    def send(self, mail: OutgoingMail, *, claim_until: datetime | None) -> Answer:
        """Send a mail whose claim is valid until this moment, and return its outcome."""
        if claim_until is None or not rules.outlives_call(claim_until, self._now()) or not self.is_allowed():
            self.stopped.set()
            return None
        try:
            return SentMail(message_id=self._mailer.send(mail))
        except MailerRefused as exc:
            return FailedMail(code=exc.code)
        except MailerUnknown as exc:
            with self._lock:
                self._lost += 1
            if self._lost >= rules.UNKNOWN_TOLERATED:
                self._stop(exc)
            return LostAnswer()
        except (MailerThrottled, MailerQuotaReached, MailerPaused) as exc:
            self._stop(exc)
            return None
        except Exception as exc:  # an unexpected answer: the mail may have been accepted
            logger.exception("the mailer failed", error=type(exc).__name__)
            self._stop(MailerUnknown(type(exc).__name__))
            return LostAnswer()

    def _stop(self, reason: MailerError) -> None:
        with self._lock:
            # the reason with the longest pause takes precedence
            if self.reason is None or isinstance(reason, MailerQuotaReached | MailerPaused):
                self.reason = reason
        self.stopped.set()


def write_mail(
    writer: Writer, recipient: Any, contact_id: int, variant: int, reference: str, tags: Mapping[str, str]
) -> Any:
    """Write the mail of a recipient; return Failed if it cannot be written, so that other recipients are not affected."""
    try:
        mail = writer.write(recipient, reference=reference, variant=variant)
    except PostriderError as exc:
        return FailedMail(code=exc.code)
    except Exception as exc:
        logger.exception("a mail could not be written", contact_id=contact_id, error=type(exc).__name__)
        return FailedMail(code=UNWRITABLE)
    return OutgoingMail(to=mail.to, sender=mail.sender, message=mail.message, tags={**mail.tags, **tags})
