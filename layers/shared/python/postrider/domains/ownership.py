"""Decide the ownership of domains: a domain belongs to the account that has proved it by DNS."""

import time
from collections.abc import Iterable

from cachetools import TTLCache

from postrider.accounts.service import AccountService
from postrider.domains.dns_records import is_right
from postrider.domains.model import DkimKey, DomainClaim, ExpectedDnsRecord
from postrider.domains.repository import DomainClaimRepository
from postrider.domains.rules import domain_and_parents, domain_of, look_alike, unicode_domain
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Forbidden
from postrider.ports.dns import DnsResolver, DnsUnanswered

CACHE_S = 30
"""Time for which a process caches a claim. A domain that another account claims is refused within this time."""
CACHED = 5000


class DomainOwnership:
    """The claims of domains. A claim covers the subdomains of a domain, except subdomains with their own claim."""

    def __init__(self, claims: DomainClaimRepository, accounts: AccountService, dns: DnsResolver, now: Clock) -> None:
        self._claims, self._accounts, self._dns, self._now = claims, accounts, dns, now
        self._cache: TTLCache[str, DomainClaim | None] = TTLCache(CACHED, CACHE_S, timer=lambda: time.monotonic())

    def claim_on(self, domain: str) -> DomainClaim | None:
        """Return the claim that covers the domain, which may be CACHE_S old."""
        if domain not in self._cache:
            self._cache[domain] = self._nearest(domain)
        return self._cache[domain]

    def verified(self, account_id: str, domain: str) -> DomainClaim | None:
        """Return the account's own verified claim, with which it can send from any address of the domain, or None."""
        claim = self._nearest(domain) if domain else None
        return claim if claim and claim.account_id == account_id and claim.verified_at else None

    def check_email(self, account_id: str, email: str, *, field: FieldPath = "email") -> None:
        """Raise Forbidden if the domain of the address belongs to another account, or looks like such a domain."""
        domain = domain_of(email)
        if domain:
            self.check_domain(account_id, domain, field=field)

    def check_domain(self, account_id: str, domain: str, *, field: FieldPath = "domain") -> None:
        """Raise Forbidden if the domain belongs to another account, or looks like such a domain.

        Accounts below the owner of the domain are not refused.
        """
        if self._is_of_another(account_id, domain):
            raise Forbidden(
                f"The domain {unicode_domain(domain)} is verified for another account.",
                code="domain_taken",
                field=field,
            )
        self.check_look_alike(account_id, domain, field=field)

    def check_look_alike(self, account_id: str, domain: str, *, field: FieldPath = "domain") -> None:
        """Raise Forbidden if the domain looks like a domain of another account."""
        twin = look_alike(domain)
        if twin and self._is_of_another(account_id, twin):
            reason = f"The domain {unicode_domain(domain)} looks like one that is verified for another account."
            raise Forbidden(reason, code="domain_looks_alike", field=field)

    def claim(self, key: DkimKey, proof: ExpectedDnsRecord) -> DomainClaim | None:
        """Store the claim of the account of the key, whose proof was found in DNS.

        Return None if another account has a claim with a valid proof: the first account keeps the domain.
        """
        self._cache.clear()
        before = self._claims.get(key.domain)
        if before is not None and before.account_id == key.account_id:
            return before
        if before is not None and self._is_still_proved(before):
            return None
        claim = DomainClaim(
            domain=key.domain,
            account_id=key.account_id,
            key_id=key.id,
            proof_name=proof.name,
            proof_type=proof.kind,
            proof_value=proof.value,
            claimed_at=self._now(),
        )
        return claim if self._claims.put(claim, instead_of=before) else None

    def sign_with(self, claim: DomainClaim, key: DkimKey, proof: ExpectedDnsRecord) -> bool:
        """Store that SES accepts mails from the domain, signed with this key. Return False if the claim has changed."""
        verified = DomainClaim(
            domain=claim.domain,
            account_id=claim.account_id,
            key_id=key.id,
            proof_name=proof.name,
            proof_type=proof.kind,
            proof_value=proof.value,
            claimed_at=claim.claimed_at,
            verified_at=claim.verified_at or self._now(),
        )
        self._cache.clear()
        return self._claims.put(verified, instead_of=claim)

    def of_key(self, key: DkimKey) -> DomainClaim | None:
        """Return the claim of the account of this key on exactly the domain of the key."""
        claim = self._claims.get(key.domain)
        return claim if claim and claim.account_id == key.account_id else None

    def release(self, claim: DomainClaim) -> bool:
        """Delete the claim. Return False if the domain belongs to another account or key meanwhile."""
        self._cache.clear()
        return self._claims.delete(claim)

    def _nearest(self, domain: str) -> DomainClaim | None:
        names = domain_and_parents(domain)
        claims = self._claims.many(names)
        return next((claims[name] for name in names if name in claims), None)

    def _is_of_another(self, account_id: str, domain: str) -> bool:
        claim = self.claim_on(domain)
        return claim is not None and claim.account_id not in self._lineage(account_id)

    def _lineage(self, account_id: str) -> Iterable[str]:
        return self._accounts.get_cached(account_id).lineage.split("-")

    def _is_still_proved(self, claim: DomainClaim) -> bool:
        """Return whether DNS still has the proof of a claim; true if DNS does not answer."""
        proof = ExpectedDnsRecord(
            kind=claim.proof_type, name=claim.proof_name, value=claim.proof_value, domain=claim.domain
        )
        try:
            return is_right(proof, self._dns.look_up(claim.proof_name, claim.proof_type))
        except DnsUnanswered:
            return True
