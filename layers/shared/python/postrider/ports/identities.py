"""Define how the mailer is told which domains mail comes from, and with which keys it is signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class IdentityRefused(Exception):
    """The mailer refuses the domain, the key or the MAIL FROM domain for good; the text says why."""


class IdentitiesBusy(Exception):
    """The mailer did not answer, or refuses calls for a moment."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The state of a domain at the mailer. `is_verified` says whether it takes mails from it.

    `tokens` are those of its own keys, or the selector of an imported one. `mail_from_status` is the state of the MAIL FROM
    domain: pending, success, failed, or temporary_failure. `is_own`: this deployment has made the domain known to the mailer.
    """

    is_verified: bool
    is_imported: bool
    is_own: bool
    tokens: Sequence[str]
    mail_from: str | None = None
    mail_from_status: str | None = None


class MailIdentities(Protocol):
    """Every change can be repeated. Raises IdentityRefused and IdentitiesBusy."""

    def get(self, domain: str) -> Identity | None:
        """Return what is known of the domain; None when it is unknown."""
        ...

    def import_key(self, domain: str, *, selector: str, private_key: str) -> None:
        """Have mails of the domain signed with this key: base64 of PKCS #8, without header lines."""
        ...

    def make_keys(self, domain: str) -> Identity:
        """Have mails of the domain signed with keys of the mailer."""
        ...

    def set_mail_from(self, domain: str, mail_from: str | None) -> None:
        """Set the MAIL FROM domain, a subdomain; None: that of the mailer."""
        ...

    def remove(self, domain: str) -> None:
        """Forget the domain, unless somebody else made it known to the mailer."""
        ...
