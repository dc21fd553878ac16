"""Rules of senders: the addresses that an account's mail may come from (main-api.md, section 8)."""

from collections.abc import Iterable
from typing import Any

from postrider.content.headers import check_sender_name
from postrider.domains.ownership import DomainOwnership
from postrider.kit.errors import FieldPath, Invalid, named_at
from postrider.senders.model import Sender
from postrider.senders.repository import SenderRepository


class SenderService:
    def __init__(self, senders: SenderRepository, domains: DomainOwnership) -> None:
        self._senders, self._domains = senders, domains

    def all(self, account_id: str) -> list[Sender]:
        """Return all senders of the account; one query reads them."""
        return self._senders.all(account_id)

    def many(self, account_id: str, sender_ids: Iterable[str]) -> dict[str, Sender]:
        """Return the senders that exist of these ids, with one call for 100 of them."""
        return self._senders.many(account_id, sender_ids)

    def get(self, account_id: str, sender_id: str) -> Sender:
        """Return the sender. Raises NotFound."""
        return self._senders.get(account_id, sender_id)

    def confirmed(self, account_id: str, sender_id: str, *, field: FieldPath = ()) -> Sender:
        """Return a sender that mail may come from.

        Raises Invalid, naming `field`, when it is unknown or its address is not confirmed; Forbidden when its domain is
        verified for another account by now.
        """
        with named_at(field, as_=Invalid):
            sender = self._senders.get(account_id, sender_id)
        if not sender.confirmed:
            raise Invalid("The sender's address is not confirmed yet.", code="sender_not_confirmed", field=field)
        self._domains.check_email(account_id, sender.email, field=field)
        return sender

    def check_domain(self, account_id: str, email: str) -> None:
        """Raise Forbidden when the domain of the address is verified for another account by now."""
        self._domains.check_email(account_id, email, field=("sender", "id"))

    def change(self, account_id: str, sender_id: str, changes: dict[str, Any]) -> Sender:
        """Set name or language. Raises NotFound, or Invalid or Forbidden for a name that no mail may show."""
        if "name" in changes:
            check_sender_name(changes["name"], self.get(account_id, sender_id).email)
        return self._senders.change(account_id, sender_id, **changes) if changes else self.get(account_id, sender_id)

    def delete(self, account_id: str, sender_id: str) -> None:
        """Delete the sender, whether it is used or not. Raises NotFound."""
        self._senders.delete(account_id, sender_id)
