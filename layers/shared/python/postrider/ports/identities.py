"""Define the port that registers sending domains, and their signing keys, at the mailer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class IdentityRefused(Exception):
    """The mailer refuses the domain, the key or the MAIL FROM domain permanently; the text is the reason."""


class IdentitiesBusy(Exception):
    """The mailer did not answer, or refuses calls temporarily."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The state of a domain at the mailer. `is_verified` is true if it accepts mails from the domain.

    `tokens` are the tokens of its own keys, or the selector of an imported key. `is_own` is true if this deployment registered
    the domain.
    """

    is_verified: bool
    is_imported: bool
    is_own: bool
    tokens: Sequence[str]
    mail_from: str | None = None


class MailIdentities(Protocol):
    """The registry of domains at the mailer. Changes can be repeated. Raises IdentityRefused and IdentitiesBusy."""

    def get(self, domain: str) -> Identity | None:
        """Return the state of the domain, or None for an unknown domain."""
        ...

    def import_key(self, domain: str, *, selector: str, private_key: str) -> None:
        """Sign mails of the domain with this key: base64 of PKCS #8, without header lines."""
        ...

    def make_keys(self, domain: str) -> Identity:
        """Sign mails of the domain with keys of the mailer."""
        ...

    def set_mail_from(self, domain: str, mail_from: str | None) -> None:
        """Set the MAIL FROM domain, a subdomain; None means the domain of the mailer."""
        ...

    def remove(self, domain: str) -> None:
        """Remove the domain, if this deployment registered it."""
        ...
