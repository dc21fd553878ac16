"""Rules of senders: the addresses from which an account may send mail (main-api.md, section 8)."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postrider.contacts import address
from postrider.content.headers import check_sender_name
from postrider.domains.rules import domain_of
from postrider.kit.caching import short_lived_cache
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Forbidden, Invalid, named_at
from postrider.kit.ids import random_id
from postrider.kit.quotas import add_within_quota
from postrider.senders.model import Sender
from postrider.senders.repository import SenderRepository
from postrider.storage import sequences

if TYPE_CHECKING:  # only a new sender needs the owner of its domain
    from postrider.domains.ownership import DomainOwnership

MAX_SENDERS = 1000
"""Maximum number of senders of an account; a listing reads all of them with one query."""


class SenderService:
    def __init__(self, senders: SenderRepository, domains: "DomainOwnership", now: Clock) -> None:
        self._senders, self._domains, self._now = senders, domains, now
        self._confirmed = short_lived_cache()

    def all(self, account_id: str) -> list[Sender]:
        """Return all senders of the account, with one query."""
        return self._senders.all(account_id)

    def many(self, account_id: str, sender_ids: Iterable[str]) -> dict[str, Sender]:
        """Return the existing senders with these ids, with one call for 100."""
        return self._senders.many(account_id, sender_ids)

    def get(self, account_id: str, sender_id: str) -> Sender:
        """Return the sender. Raises NotFound."""
        return self._senders.get(account_id, sender_id)

    def get_by_numeric_id(self, account_id: str, numeric_id: int) -> Sender:
        """Return the sender with this numeric id. Raises NotFound."""
        return self._senders.get_by_numeric_id(account_id, numeric_id)

    def for_address(self, account_id: str, email: str, name: str, *, field: FieldPath = "email") -> Sender:
        """Return the confirmed sender of this address; create it, without a mail, if the account has verified the domain.

        `name` is the name of a new sender. Raises Invalid for an invalid address or name, Forbidden for an address from which
        the account may not send.
        """
        parsed = address.parse(email, field=field)
        check_sender_name(name, parsed.original, field=field)
        self._domains.check_email(account_id, parsed.canonical, field=field)
        sender = self._with_address(account_id, parsed.canonical)
        if sender is not None and sender.confirmed:
            return sender
        if self._domains.verified(account_id, domain_of(parsed.canonical)) is None:
            reason = (
                "Mail cannot be sent from this address: confirm it as a sender, or verify its domain by a DKIM key."
            )
            raise Forbidden(reason, code="sender_not_allowed", field=field)
        now = self._now()
        if sender is not None:
            return self._senders.change(account_id, sender.id, confirmed=True, confirmed_at=now)
        try:
            return self.add(account_id, name=name, email=parsed.original, confirmed_at=now)
        except Invalid as exc:  # a concurrent call has created it
            sender = self._senders.with_address(account_id, parsed.canonical) if exc.code == "sender_exists" else None
            if sender is None:
                raise
            return sender

    def _with_address(self, account_id: str, email: str) -> Sender | None:
        """Return the sender with this canonical address; a confirmed sender may be MAX_AGE_S old."""
        sender: Sender | None = self._confirmed.get((account_id, email))
        if sender is None:
            sender = self._senders.with_address(account_id, email)
            if sender is not None and sender.confirmed:
                self._confirmed[account_id, email] = sender
        return sender

    def add(
        self, account_id: str, *, name: str, email: str, confirmed_at: datetime | None, language: str | None = None
    ) -> Sender:
        """Store a new sender. Raises Invalid past MAX_SENDERS, or if the account has a sender with this address."""
        sender = Sender(
            id=random_id(),
            numeric_id=sequences.allocate("sender"),
            account_id=account_id,
            name=name,
            email=email,
            language=language,
            created_at=self._now(),
            confirmed=confirmed_at is not None,
            confirmed_at=confirmed_at,
        )
        add_within_quota(
            MAX_SENDERS,
            add=lambda: self._senders.add(sender),
            undo=lambda: self._senders.delete(sender),
            count=lambda: len(self._senders.all(account_id)),
            error=Invalid(f"An account has at most {MAX_SENDERS} senders.", code="too_many_senders"),
        )
        return sender

    def confirmed(self, account_id: str, sender_id: str, *, field: FieldPath = ()) -> Sender:
        """Return a confirmed sender.

        Raises Invalid with `field` if it is unknown or its address is not confirmed; Forbidden if its domain is verified for
        another account meanwhile.
        """
        with named_at(field, as_=Invalid):
            sender = self._senders.get(account_id, sender_id)
        if not sender.confirmed:
            raise Invalid("The sender's address is not confirmed yet.", code="sender_not_confirmed", field=field)
        self._domains.check_email(account_id, sender.email, field=field)
        return sender

    def check_domain(self, account_id: str, email: str) -> None:
        """Raise Forbidden if the domain of the address is verified for another account meanwhile."""
        self._domains.check_email(account_id, email, field=("sender", "id"))

    def change(self, account_id: str, sender_id: str, changes: dict[str, Any]) -> Sender:
        """Set name or language. Raises NotFound, or Invalid or Forbidden for a name that a mail may not show."""
        if "name" in changes:
            check_sender_name(changes["name"], self.get(account_id, sender_id).email)
        sender = self._senders.change(account_id, sender_id, **changes) if changes else self.get(account_id, sender_id)
        self._confirmed.clear()
        return sender

    def restore(self, sender: Sender) -> None:
        """Restore a sender that was just deleted. Raises Invalid if its address is taken meanwhile."""
        self._senders.add(sender)

    def delete(self, account_id: str, sender_id: str) -> None:
        """Delete the sender without a check of its uses. Raises NotFound."""
        self._senders.delete(self.get(account_id, sender_id))
        self._confirmed.clear()
