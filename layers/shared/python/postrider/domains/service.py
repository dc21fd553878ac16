"""Rules of DKIM keys: created, published by the customer, found in DNS, used by SES (main-api.md, section 8)."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from postrider.domains.checks import RecordChecker
from postrider.domains.dns_records import dkim_records
from postrider.domains.keys import key_pair_of, new_key_pair
from postrider.domains.mail_from import MailFromDomains
from postrider.domains.model import CheckedRecord, DkimKey, DomainClaim, ExpectedDnsRecord, KeyStatus, Signing
from postrider.domains.ownership import DomainOwnership
from postrider.domains.repository import DkimKeyRepository
from postrider.domains.rules import MAX_LABELS, parse_domain, parse_selector
from postrider.kit.clock import Clock
from postrider.kit.encryption import Encryption
from postrider.kit.errors import Invalid
from postrider.kit.quotas import add_within_quota
from postrider.kit.signing import keyed_hash
from postrider.ports.identities import IdentitiesBusy, Identity, IdentityRefused, MailIdentities
from postrider.storage import sequences

MAX_KEYS = 50
"""Maximum number of keys of an account; a listing reads all of them with one query."""
TAKEN = "Another account has this domain, and its record is still in DNS; delete that record first."
BUSY = "SES did not answer; check the key again in a minute."
WAITING = "DNS has the record. SES looks for it too, which takes a few minutes, and at most 72 hours."
LOST = "The domain is no longer registered at SES; delete this key and create another one."
OUTDATED = "The key is not used: another key, or another account, signs the mails of this domain."


@dataclass(frozen=True, kw_only=True)
class CheckedKey:
    """A key, its records, and the reason why it is not used yet (`problem`), beside the problems of its records."""

    key: DkimKey
    records: list[CheckedRecord]
    problem: str | None = None


class DkimService:
    def __init__(
        self,
        keys: DkimKeyRepository,
        ownership: DomainOwnership,
        checker: RecordChecker,
        identities: MailIdentities,
        mail_from: MailFromDomains,
        root: Callable[[], bytes],
        now: Clock,
    ) -> None:
        self._keys, self._ownership, self._checker, self._identities = keys, ownership, checker, identities
        self._mail_from, self._root, self._now = mail_from, root, now

    def all(self, account_id: str) -> list[DkimKey]:
        """Return the keys of the account in order of id."""
        return self._keys.all(account_id)

    def create(
        self,
        account_id: str,
        *,
        domain: str,
        selector: str | None = None,
        signing: Signing = Signing.OWN,
        private_key: str | None = None,
    ) -> DkimKey:
        """Create a key, or import the customer's own. The account owns the domain when DNS has the record of the key.

        Raises Invalid for an invalid domain, a taken selector, past MAX_KEYS, if the other kind of keys signs the domain,
        and for a private key that is invalid, has no selector, or belongs to another key of the account; Forbidden for a
        domain that looks like a domain of another account.
        """
        name = parse_domain(domain)
        if name.count(".") >= MAX_LABELS:
            reason = f"Invalid domain: a domain that is verified has at most {MAX_LABELS} labels."
            raise Invalid(reason, code="domain_invalid", field="domain")
        self._ownership.check_look_alike(account_id, name)
        existing = self._keys.all(account_id)
        key = self._new(account_id, name, selector, signing, private_key)
        _check_fits(key, existing)
        reason = f"An account has at most {MAX_KEYS} DKIM keys; delete one that is not used."
        add_within_quota(
            MAX_KEYS,
            add=lambda: self._keys.add(key),
            undo=lambda: self._keys.delete(key),
            count=lambda: len(self._keys.all(account_id)),
            error=Invalid(reason, code="too_many_dkim_keys"),
        )
        return key

    def records(self, key: DkimKey) -> list[ExpectedDnsRecord]:
        """Return the DNS records of the key."""
        return dkim_records(key, self._proof(key))

    def check(self, account_id: str, key_id: int) -> CheckedKey:
        """Look up the records of a key, and start to use it if they are right. Raises NotFound.

        It can be repeated: each step stores its result, and the next call continues after an interrupted one.
        """
        key = self._keys.get(account_id, key_id)
        records = self._checker.check(self.records(key))
        problem = None
        try:
            if key.status == KeyStatus.UNVERIFIED and records[0].is_valid:
                key, problem = self._claim_domain(key)
                records += self._checker.check(self.records(key)[len(records) :])
            if key.status in (KeyStatus.PENDING, KeyStatus.ACTIVE):
                key, problem = self._confirm(key)
        except IdentityRefused as exc:
            problem = f"SES refuses the domain: {exc}"
        except IdentitiesBusy:
            problem = BUSY
        if key.status == KeyStatus.REPLACED:
            problem = OUTDATED
        return CheckedKey(key=key, records=records, problem=problem)

    def delete(self, account_id: str, key_id: int) -> DkimKey:
        """Delete a key, and the claim of its domain. Raises NotFound, and Invalid while SES is busy."""
        key = self._keys.get(account_id, key_id)
        claim = self._ownership.of_key(key)
        if claim is not None and claim.key_id == key.id:
            try:
                self._identities.remove(key.domain)
            except (IdentitiesBusy, IdentityRefused) as exc:
                raise Invalid("SES cannot delete the domain now; try again.", code="ses_busy") from exc
            self._ownership.release(claim)
        self._keys.delete(key)
        return key

    def _new(
        self, account_id: str, domain: str, selector: str | None, signing: Signing, private_key: str | None
    ) -> DkimKey:
        key = DkimKey(
            id=sequences.allocate("dkim_key"),
            account_id=account_id,
            domain=domain,
            selector="",
            signing=signing,
            status=KeyStatus.UNVERIFIED,
            created_at=self._now(),
        )
        if signing == Signing.SES:
            if selector:
                reason = "SES chooses the selectors of its own keys; remove the selector."
                raise Invalid(reason, code="selector_not_allowed", field="selector")
            if private_key is not None:
                reason = "SES creates its own keys; remove the private key, or set signing to own."
                raise Invalid(reason, code="private_key_not_allowed", field="private_key")
            return key
        if private_key is not None and not selector:
            reason = (
                "The selector is missing: a private key of yours is looked up under the selector that you have chosen."
            )
            raise Invalid(reason, code="selector_missing", field="selector")
        pair = new_key_pair() if private_key is None else key_pair_of(private_key)
        return replace(
            key,
            selector=parse_selector(selector) if selector else f"pr{secrets.token_hex(4)}",
            public_key=pair.public,
            encrypted_key=self._encryption().encrypt(pair.private, context=_context(key)),
        )

    def _claim_domain(self, key: DkimKey) -> tuple[DkimKey, str | None]:
        """Claim the domain, whose proof is in DNS, and import the key into SES."""
        if self._ownership.claim(key, self.records(key)[0]) is None:
            return key, TAKEN
        if key.signing == Signing.SES:
            identity = self._identities.make_keys(key.domain)
            return self._keys.change(key, status=KeyStatus.PENDING, tokens=list(identity.tokens)), None
        if key.encrypted_key is None:
            return key, LOST
        private_key = self._encryption().decrypt(key.encrypted_key, context=_context(key))
        self._identities.import_key(key.domain, selector=key.selector, private_key=private_key)
        return self._keys.change(key, status=KeyStatus.PENDING, encrypted_key=None), None

    def _confirm(self, key: DkimKey) -> tuple[DkimKey, str | None]:
        """Activate the key if SES has verified it; a key that no longer signs becomes REPLACED."""
        claim = self._ownership.of_key(key)
        if claim is None or (key.status == KeyStatus.ACTIVE and claim.key_id != key.id):
            return self._keys.change(key, status=KeyStatus.REPLACED), OUTDATED
        identity = self._identities.get(key.domain)
        if identity is None:
            return key, LOST
        if not (identity.is_verified and _is_of(identity, key)):
            return key, WAITING
        return (key, None) if key.status == KeyStatus.ACTIVE else self._activate(key, claim)

    def _activate(self, key: DkimKey, claim: DomainClaim) -> tuple[DkimKey, str | None]:
        if not self._ownership.sign_with(claim, key, self.records(key)[0]):
            return key, BUSY
        for other in self._keys.all(key.account_id):
            if other.domain == key.domain and other.id != key.id and other.status != KeyStatus.UNVERIFIED:
                self._keys.change(other, status=KeyStatus.REPLACED)
        with suppress(IdentityRefused):  # a validation of the domains shows it; mails are sent without it
            self._mail_from.start(key.account_id, key.domain)
        return self._keys.change(key, status=KeyStatus.ACTIVE, verified_at=self._now()), None

    def _proof(self, key: DkimKey) -> str:
        return (
            f"postrider-verification={keyed_hash(self._root(), 'domain-proof', f'{key.account_id} {key.domain}')}"
            if key.signing == Signing.SES
            else ""
        )

    def _encryption(self) -> Encryption:
        return Encryption(self._root(), "dkim-key")


def _check_fits(key: DkimKey, existing: list[DkimKey]) -> None:
    """Check a new key against other keys of the account. Raises Invalid."""
    same = [other for other in existing if other.domain == key.domain]
    if any(other.selector == key.selector and other.signing == key.signing for other in same):
        reason = "The account has a key for this domain and selector; delete it, or choose another selector."
        raise Invalid(reason, code="dkim_key_exists", field="selector" if key.selector else "domain")
    if key.public_key and any(other.public_key == key.public_key for other in existing):
        reason = "Another key of the account has this private key; use one private key for one domain and selector."
        raise Invalid(reason, code="private_key_used", field="private_key")
    in_use = (KeyStatus.PENDING, KeyStatus.ACTIVE)
    if any(other.signing != key.signing and other.status in in_use for other in same):
        reason = "The other kind of keys signs this domain; delete its key first."
        raise Invalid(reason, code="signing_differs", field="signing")


def _is_of(identity: Identity, key: DkimKey) -> bool:
    """Return whether SES signs with this key."""
    if key.signing == Signing.SES:
        return not identity.is_imported
    return identity.is_imported and tuple(identity.tokens) == (key.selector,)


def _context(key: DkimKey) -> str:
    return f"{key.account_id} {key.id}"
