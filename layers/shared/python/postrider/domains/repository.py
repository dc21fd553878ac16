"""Store DKIM keys, and the claims of domains; a domain has at most one claim."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from postrider.domains.model import DkimKey, DomainClaim, KeyStatus, Signing
from postrider.domains.table import DkimKeyItem, DomainClaimItem
from postrider.kit.errors import NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of, padded
from postrider.storage.dynamo import batch_get, entity, on_condition_failure, was_made

_PREFIX = "dkim_key#"
_CLAIM = "domain_claim"


class DkimKeyRepository:
    def all(self, account_id: str) -> list[DkimKey]:
        """Return the keys of an account in order of id."""
        return [_key(item) for item in items_of(DkimKeyItem, account_id, _PREFIX)]

    def get(self, account_id: str, key_id: int) -> DkimKey:
        """Return a key. Raises NotFound."""
        item = item_or_none(DkimKeyItem, account_key(account_id), _PREFIX + padded(key_id))
        if item is None:
            raise _unknown()
        return _key(item)

    def add(self, key: DkimKey) -> None:
        item = DkimKeyItem(account_key(key.account_id), _PREFIX + padded(key.id), **asdict(key))
        item.save(condition=DkimKeyItem.pk.does_not_exist())

    def change(self, key: DkimKey, **values: Any) -> DkimKey:
        """Set the given attributes, and clear attributes that are None; return the key. Raises NotFound."""
        actions = [
            getattr(DkimKeyItem, name).remove() if value is None else getattr(DkimKeyItem, name).set(value)
            for name, value in values.items()
        ]
        with on_condition_failure(_unknown()):
            _item(key).update(actions=actions, condition=DkimKeyItem.pk.exists())
        return replace(key, **values)

    def delete(self, key: DkimKey) -> None:
        """Delete a key. Raises NotFound if it was deleted already."""
        with on_condition_failure(_unknown()):
            _item(key).delete(condition=DkimKeyItem.pk.exists())


class DomainClaimRepository:
    def many(self, domains: Iterable[str]) -> dict[str, DomainClaim]:
        """Return the existing claims on these domains, of any account."""
        keys = [(_claim_key(domain), _CLAIM) for domain in domains]
        return {item.domain: entity(DomainClaim, item) for item in batch_get(DomainClaimItem, keys)}

    def get(self, domain: str) -> DomainClaim | None:
        return self.many([domain]).get(domain)

    def put(self, claim: DomainClaim, *, instead_of: DomainClaim | None) -> bool:
        """Store a claim that replaces `instead_of` (None: no claim). Return False if the stored claim has changed."""
        item = DomainClaimItem(_claim_key(claim.domain), _CLAIM, **asdict(claim))
        condition = DomainClaimItem.pk.does_not_exist()
        if instead_of is not None:
            condition = (DomainClaimItem.account_id == instead_of.account_id) & (
                DomainClaimItem.key_id == instead_of.key_id
            )
        return was_made(lambda: item.save(condition=condition))

    def delete(self, claim: DomainClaim) -> bool:
        """Delete a claim. Return False if it was deleted, or belongs to another account or key meanwhile."""
        condition = (DomainClaimItem.account_id == claim.account_id) & (DomainClaimItem.key_id == claim.key_id)
        return was_made(lambda: DomainClaimItem(_claim_key(claim.domain), _CLAIM).delete(condition=condition))


def _unknown() -> NotFound:
    return NotFound("Unknown DKIM key.", code="dkim_key_not_found", field="id")


def _item(key: DkimKey) -> DkimKeyItem:
    return DkimKeyItem(account_key(key.account_id), _PREFIX + padded(key.id))


def _key(item: DkimKeyItem) -> DkimKey:
    key = entity(DkimKey, item)
    return replace(key, signing=Signing(key.signing), status=KeyStatus(key.status), tokens=tuple(key.tokens))


def _claim_key(domain: str) -> str:
    return f"sending_domain#{domain}"
