"""The account's suppression list: SES accepts a mail to an address on it, does not send it, and reports a bounce.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html

SES adds addresses after bounces and complaints, but none of the mailbox simulator. Only the simulator's addresses bounce here, so
that this list has only the addresses that a call has put on it.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from infra.local.ses.compose import bare_address
from infra.local.ses.errors import bad_request, not_found

REASONS = ("BOUNCE", "COMPLAINT")


@dataclass(frozen=True)
class _Entry:
    address: str
    reason: str
    updated_at: float

    def as_summary(self) -> dict[str, Any]:
        return {"EmailAddress": self.address, "Reason": self.reason, "LastUpdateTime": self.updated_at}


class SuppressionList:
    """Suppressed addresses by their spelling in lower case. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def put(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer PutSuppressedDestination. Raises SesError."""
        address, reason = request.get("EmailAddress") or "", request.get("Reason")
        if "@" not in address or reason not in REASONS:
            raise bad_request(f"EmailAddress must be an address, and Reason one of {', '.join(REASONS)}.")
        with self._lock:
            self._entries[address.lower()] = _Entry(address, reason, time.time())
        return {}

    def get(self, address: str) -> dict[str, Any]:
        """Answer GetSuppressedDestination. Raises SesError."""
        with self._lock:
            entry = self._entries.get(address.lower())
        if entry is None:
            raise not_found(f"Email address {address} does not exist on your suppression list.")
        return {"SuppressedDestination": entry.as_summary()}

    def delete(self, address: str) -> dict[str, Any]:
        """Answer DeleteSuppressedDestination. Raises SesError."""
        self.get(address)
        with self._lock:
            self._entries.pop(address.lower(), None)
        return {}

    def list_all(self) -> dict[str, Any]:
        """Answer ListSuppressedDestinations; all addresses are on one page."""
        with self._lock:
            return {"SuppressedDestinationSummaries": [entry.as_summary() for entry in self._entries.values()]}

    def suppressed(self, recipients: list[str], reasons: set[str]) -> set[str]:
        """Return the recipients that are on the list for one of these reasons."""
        with self._lock:
            addresses = {address for address, entry in self._entries.items() if entry.reason in reasons}
        return {recipient for recipient in recipients if bare_address(recipient).lower() in addresses}
