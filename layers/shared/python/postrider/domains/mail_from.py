"""Set the MAIL FROM domain of an account: the domain of the envelope, for bounces and SPF."""

from postrider.accounts.service import AccountService
from postrider.domains.model import DomainClaim
from postrider.domains.ownership import DomainOwnership
from postrider.domains.rules import is_below
from postrider.ports.identities import IdentitiesBusy, IdentityRefused, MailIdentities


class MailFromDomains:
    def __init__(self, accounts: AccountService, ownership: DomainOwnership, identities: MailIdentities) -> None:
        self._accounts, self._ownership, self._identities = accounts, ownership, identities

    def claim_of(self, account_id: str, host: str) -> DomainClaim | None:
        """Return the account's claim on the verified domain above the host, or None."""
        claim = self._ownership.verified(account_id, host) if host else None
        return claim if claim and is_below(host, claim.domain) else None

    def apply(self, account_id: str) -> str | None:
        """Set the MAIL FROM domain of the account at SES. Return why it cannot be used; None if it is used, or not set.

        SES uses its own domain until it has found the records.
        """
        host = self._accounts.get(account_id).domains.get("bounce") or ""
        if not host:
            return None
        claim = self.claim_of(account_id, host)
        if claim is None:
            return "It is not used yet: the domain above it needs an active DKIM key."
        try:
            identity = self._identities.get(claim.domain)
            if identity is None or identity.mail_from != host:
                self._identities.set_mail_from(claim.domain, host)
        except IdentityRefused as exc:
            return f"SES refuses it: {exc}"
        except IdentitiesBusy:
            return "SES did not answer; validate the domains again in a minute."
        return None

    def start(self, account_id: str, domain: str) -> None:
        """Set the MAIL FROM domain of a domain that the account has just claimed; remove that of a former account."""
        host = self._accounts.get(account_id).domains.get("bounce") or ""
        wanted = host if is_below(host, domain) else None
        identity = self._identities.get(domain)
        if identity is None or identity.mail_from == wanted:
            return
        if wanted is not None or identity.is_own:  # a setting by an operator for their own domain does not change
            self._identities.set_mail_from(domain, wanted)

    def reset(self, account_id: str, host: str) -> None:
        """Remove this MAIL FROM domain at SES, so that it uses its own domain again. Raises IdentitiesBusy."""
        claim = self.claim_of(account_id, host)
        identity = self._identities.get(claim.domain) if claim else None
        if claim and identity and identity.mail_from == host:
            self._identities.set_mail_from(claim.domain, None)
