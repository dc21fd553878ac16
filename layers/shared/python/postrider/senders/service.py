"""Rules of senders: an address may send once its owner has said so (reference, section 8)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from postrider.contacts import address
from postrider.content.headers import check_sender_name
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, NotFound, RateLimited, named_at
from postrider.kit.ids import random_id, random_secret
from postrider.rate_limits.visitors import CONFIRMATIONS_PER_SENDER_ADDRESS, VisitorLimits
from postrider.senders.model import Sender
from postrider.senders.repository import SenderRepository

MAX_SENDERS = 1000
"""Per account; a listing reads all of them with one query."""
CONFIRMATION_LIFETIME = timedelta(days=2)
CONFIRMATION_INVALID = "confirmation_invalid"
"""Code of the error for a link that is unknown or too old."""
RESEND_PAUSE = timedelta(seconds=60)
"""The least time between two confirmation mails of one sender."""


class SenderMails(Protocol):
    """What a sender's rules ask of the mail side."""

    def sender_confirmation(self, sender: Sender, secret: str) -> None:
        """Mail the link that carries `secret` to the sender's address."""
        ...


class SenderUses(Protocol):
    """Who may still need a sender."""

    def uses_of_sender(self, account_id: str, sender_id: str) -> str | None:
        """What uses it, for people ("list 12"), or None."""
        ...


class SenderService:
    def __init__(
        self,
        senders: SenderRepository,
        mails: SenderMails,
        uses: list[SenderUses],
        limits: VisitorLimits,
        now: Clock,
    ) -> None:
        self._senders, self._mails, self._uses = senders, mails, uses
        self._limits, self._now = limits, now

    def all(self, account_id: str) -> list[Sender]:
        return self._senders.all(account_id)

    def get(self, account_id: str, sender_id: str) -> Sender:
        """Raises NotFound."""
        return self._senders.get(account_id, sender_id)

    def confirmed(self, account_id: str, sender_id: str, *, field: FieldPath = ()) -> Sender:
        """The sender, if mail may come from it. Raises Invalid, naming `field`, when it is unknown or unconfirmed."""
        with named_at(field, as_=Invalid):
            sender = self._senders.get(account_id, sender_id)
        if not sender.confirmed:
            raise Invalid("The sender's address is not confirmed yet.", code="sender_not_confirmed", field=field)
        return sender

    def create(self, account_id: str, *, name: str, email: str, language: str | None, login: str) -> Sender:
        """A new sender. The address the caller logs in with is confirmed at once, any other by a mailed link.

        Raises Invalid past MAX_SENDERS, for an address that is none, or that this account has already; RateLimited
        when the address got enough confirmation mails.
        """
        given = address.parse(email)
        check_sender_name(name, given.given)
        existing = self._senders.all(account_id)
        if any(address.canonical(sender.email) == given.canonical for sender in existing):
            raise Invalid("The account has a sender with this address.", code="sender_exists", field="email")
        if len(existing) >= MAX_SENDERS:
            raise Invalid(f"An account has at most {MAX_SENDERS} senders.", code="too_many_senders")
        now = self._now()
        own_address = address.canonical(login) == given.canonical
        if not own_address:
            self._limits.take(CONFIRMATIONS_PER_SENDER_ADDRESS, given.canonical)
        sender = Sender(
            id=random_id(),
            account_id=account_id,
            name=name,
            email=given.given,
            language=language,
            created_at=now,
            confirmed=own_address,
            confirmed_at=now if own_address else None,
        )
        self._senders.add(sender)
        return sender if own_address else self._send_confirmation(sender)

    def change(self, account_id: str, sender_id: str, changes: dict[str, Any]) -> Sender:
        """Set name or language. Raises NotFound, or Invalid or Forbidden for a name that no mail may show."""
        if "name" in changes:
            check_sender_name(changes["name"], self.get(account_id, sender_id).email)
        return self._senders.change(account_id, sender_id, **changes) if changes else self.get(account_id, sender_id)

    def delete(self, account_id: str, sender_id: str) -> None:
        """Raises NotFound, or Invalid while something that may send still needs it."""
        self._senders.get(account_id, sender_id)
        for other in self._uses:
            if used_by := other.uses_of_sender(account_id, sender_id):
                raise Invalid(f"The sender is in use by {used_by}.", code="sender_in_use")
        self._senders.delete(account_id, sender_id)

    def resend_confirmation(self, account_id: str, sender_id: str) -> Sender:
        """Raises NotFound, Invalid when it is confirmed already, RateLimited after too many or right after the last."""
        sender = self._senders.get(account_id, sender_id)
        if sender.confirmed:
            raise Invalid("The sender is confirmed already.", code="sender_confirmed")
        last = sender.last_confirmation_sent_at
        if last is not None and self._now() - last < RESEND_PAUSE:
            wait_s = int((last + RESEND_PAUSE - self._now()).total_seconds()) + 1
            raise RateLimited("A confirmation mail was sent a moment ago.", details={"retry_after_s": wait_s})
        self._limits.take(CONFIRMATIONS_PER_SENDER_ADDRESS, address.canonical(sender.email))
        return self._send_confirmation(sender)

    def asked(self, secret: str) -> Sender:
        """The sender behind a mailed link, as it is. Raises Invalid for a bad or old link."""
        found = self._senders.confirmation(secret)
        refused = Invalid(
            "The confirmation is unknown or has expired.", code=CONFIRMATION_INVALID, field="confirmation_id"
        )
        if found is None or found.expires_at is None or found.expires_at <= self._now():
            raise refused
        try:
            return self._senders.get(found.account_id, found.sender_id)
        except NotFound as exc:
            raise refused from exc

    def confirm(self, secret: str) -> Sender:
        """The sender behind a mailed link, confirmed; a second use does no harm. Raises Invalid for a bad or old link."""
        sender = self.asked(secret)
        if sender.confirmed:
            return sender
        return self._senders.change(sender.account_id, sender.id, confirmed=True, confirmed_at=self._now())

    def _send_confirmation(self, sender: Sender) -> Sender:
        now, secret = self._now(), random_secret()
        self._senders.add_confirmation(
            secret, account_id=sender.account_id, sender_id=sender.id, expires_at=now + CONFIRMATION_LIFETIME
        )
        self._mails.sender_confirmation(sender, secret)
        self._senders.change(sender.account_id, sender.id, last_confirmation_sent_at=now)
        return replace(sender, last_confirmation_sent_at=now)
