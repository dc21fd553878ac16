"""Create senders, and confirm their addresses by mailed links."""

from dataclasses import replace
from datetime import timedelta

from postrider.contacts import address
from postrider.content.headers import check_sender_name
from postrider.domains.ownership import DomainOwnership
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound, RateLimited
from postrider.kit.ids import random_secret
from postrider.rate_limits.visitors import CONFIRMATIONS_PER_SENDER_ADDRESS, VisitorLimits
from postrider.senders.model import Sender
from postrider.senders.repository import SenderRepository
from postrider.senders.service import SenderService
from postrider.system_mails.service import SystemMailService

LINK_LIFETIME = timedelta(days=2)
CONFIRMATION_INVALID = "confirmation_invalid"
"""Code of the error for an unknown or expired link."""
RESEND_PAUSE = timedelta(seconds=60)
"""Minimum time between two confirmation mails of one sender."""


class SenderConfirmation:
    def __init__(
        self,
        senders: SenderRepository,
        service: SenderService,
        domains: DomainOwnership,
        mails: SystemMailService,
        limits: VisitorLimits,
        now: Clock,
    ) -> None:
        self._senders, self._service, self._domains = senders, service, domains
        self._mails, self._limits, self._now = mails, limits, now

    def create(self, account_id: str, *, name: str, email: str, language: str | None, login: str) -> Sender:
        """Create a sender. The address of the caller's login is confirmed at once, other addresses by a mailed link.

        Raises Invalid past MAX_SENDERS, for an invalid address, and for an address with a sender; RateLimited if too many
        confirmation mails were sent to the address; Forbidden for a domain that is verified for another account.
        """
        parsed = address.parse(email)
        check_sender_name(name, parsed.original)
        self._domains.check_email(account_id, parsed.canonical)
        now = self._now()
        is_own_address = address.canonical(login) == parsed.canonical
        confirmed_at = now if is_own_address else None
        sender = self._service.add(
            account_id, name=name, email=parsed.original, language=language, confirmed_at=confirmed_at
        )
        return sender if is_own_address else self._send_first_link(sender)

    def resend(self, account_id: str, sender_id: str) -> Sender:
        """Send the link again. Raises NotFound, Invalid if the sender is confirmed, RateLimited after too many mails."""
        sender = self._senders.get(account_id, sender_id)
        if sender.confirmed:
            raise Invalid("The sender is confirmed already.", code="sender_confirmed")
        last = sender.last_confirmation_sent_at
        if last is not None and self._now() - last < RESEND_PAUSE:
            wait_s = int((last + RESEND_PAUSE - self._now()).total_seconds()) + 1
            raise RateLimited(
                "A confirmation mail was sent less than a minute ago; retry later.", details={"retry_after_s": wait_s}
            )
        self._limits.take(CONFIRMATIONS_PER_SENDER_ADDRESS, address.canonical(sender.email))
        return self._send_link(sender)

    def sender_of_link(self, secret: str) -> Sender:
        """Return the sender of a mailed link without confirming it. Raises Invalid for an unknown or expired link."""
        confirmation = self._senders.confirmation(secret)
        refused = Invalid(
            "The confirmation is unknown or has expired.", code=CONFIRMATION_INVALID, field="confirmation_id"
        )
        if confirmation is None or confirmation.expires_at is None or confirmation.expires_at <= self._now():
            raise refused
        try:
            return self._senders.get(confirmation.account_id, confirmation.sender_id)
        except NotFound as exc:
            raise refused from exc

    def confirm(self, secret: str) -> Sender:
        """Confirm the sender of a mailed link; it can be repeated. Raises Invalid for an unknown or expired link."""
        sender = self.sender_of_link(secret)
        if sender.confirmed:
            return sender
        return self._senders.change(sender.account_id, sender.id, confirmed=True, confirmed_at=self._now())

    def _send_first_link(self, sender: Sender) -> Sender:
        """Send the link to a new sender; delete the sender if its address has got too many links."""
        try:
            self._limits.take(CONFIRMATIONS_PER_SENDER_ADDRESS, address.canonical(sender.email))
        except RateLimited:
            self._senders.delete(sender)
            raise
        return self._send_link(sender)

    def _send_link(self, sender: Sender) -> Sender:
        now, secret = self._now(), random_secret()
        self._senders.add_confirmation(
            secret, account_id=sender.account_id, sender_id=sender.id, expires_at=now + LINK_LIFETIME
        )
        self._mails.sender_confirmation(sender, secret)
        self._senders.change(sender.account_id, sender.id, last_confirmation_sent_at=now)
        return replace(sender, last_confirmation_sent_at=now)
