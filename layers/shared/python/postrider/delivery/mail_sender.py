"""Writes one recipient's mail, hands it to the mailer, and says what became of it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from postrider.delivery.model import Run
from postrider.delivery.rules import UNKNOWN_TOLERATED
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
    """Writes the mails of one run."""

    def write(self, recipient: Any, *, reference: str) -> OutgoingMail:
        """Raises Invalid when no mail can be written for this recipient."""
        ...


class Composer(Protocol):
    def writer(self, run: Run) -> Writer:
        """Return the writer of a run. Raises Invalid when none of its mails can be written."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sent:
    message_id: str


@dataclass(frozen=True, kw_only=True)
class Failed:
    code: str


class Lost:
    """The mailer's answer was lost: the mail may have been sent."""


Answer = Sent | Failed | Lost | None
"""None: the mail certainly was not sent, and may be sent later."""


class MailSender:
    """Hands the mails of one attempt to the mailer; stops all of them at an answer that holds for the others too."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._lock = threading.Lock()
        self.stopped = threading.Event()
        self.reason: MailerError | None = None
        self._lost = 0

    def send(self, mail: OutgoingMail) -> Answer:
        try:
            return Sent(message_id=self._mailer.send(mail))
        except MailerRefused as exc:
            return Failed(code=exc.code)
        except MailerUnknown as exc:
            with self._lock:
                self._lost += 1
            if self._lost >= UNKNOWN_TOLERATED:
                self._stop(exc)
            return Lost()
        except (MailerThrottled, MailerQuotaReached, MailerPaused) as exc:
            self._stop(exc)
            return None
        except Exception as exc:  # an unforeseen answer: the mail may be on its way
            logger.exception("the mailer failed", error=type(exc).__name__)
            self._stop(MailerUnknown(type(exc).__name__))
            return Lost()

    def _stop(self, reason: MailerError) -> None:
        with self._lock:
            # of several reasons the longest lasting one counts
            if self.reason is None or isinstance(reason, MailerQuotaReached | MailerPaused):
                self.reason = reason
        self.stopped.set()


def write_mail(writer: Writer, recipient: Any, contact_id: int, reference: str, tags: Mapping[str, str]) -> Any:
    """Return the mail, or Failed when it cannot be written for this recipient, who then fails alone."""
    try:
        mail = writer.write(recipient, reference=reference)
    except PostriderError as exc:
        return Failed(code=exc.code)
    except Exception as exc:
        logger.exception("a mail could not be written", contact_id=contact_id, error=type(exc).__name__)
        return Failed(code=UNWRITABLE)
    return OutgoingMail(to=mail.to, sender=mail.sender, message=mail.message, tags={**mail.tags, **tags})
