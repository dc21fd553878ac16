"""Store credentials; the handle is claimed in the same transaction."""

from dataclasses import asdict

from pynamodb.transactions import TransactWrite

from postrider.credentials.model import Credential
from postrider.credentials.table import CredentialItem, CredentialOwnerItem
from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none, items_of
from postrider.storage.dynamo import entity, on_condition_failure, transaction

_PREFIX = "credential#"
_OWNER = "credential_owner"


def _unknown() -> NotFound:
    return NotFound("Unknown credential.", code="credential_not_found", field="credential_id")


class CredentialRepository:
    def all(self, account_id: str) -> list[Credential]:
        return [entity(Credential, item) for item in items_of(CredentialItem, account_id, _PREFIX)]

    def get(self, account_id: str, credential_id: str) -> Credential:
        """Return a credential. Raises NotFound."""
        item = item_or_none(CredentialItem, account_key(account_id), _PREFIX + credential_id)
        if item is None:
            raise _unknown()
        return entity(Credential, item)

    def find(self, dialect: str, handle: str) -> Credential | None:
        """Return the credential with this handle, of any account."""
        owner = item_or_none(CredentialOwnerItem, _owner_key(dialect, handle), _OWNER)
        if owner is None:
            return None
        item = item_or_none(CredentialItem, account_key(owner.account_id), _PREFIX + owner.credential_id)
        return None if item is None else entity(Credential, item)

    def add(self, credential: Credential) -> None:
        """Store a new credential. Raises Conflict if the handle is taken."""
        taken = Conflict("A credential with this handle exists.", code="credential_exists")
        with on_condition_failure(taken), transaction() as writes:
            self.add_to(writes, credential)

    def add_to(self, writes: TransactWrite, credential: Credential) -> None:
        """Add the writes of a new credential to a transaction, whose condition fails if the handle is taken."""
        item = CredentialItem(account_key(credential.account_id), _PREFIX + credential.id, **asdict(credential))
        owner = CredentialOwnerItem(
            _owner_key(credential.dialect, credential.handle),
            _OWNER,
            account_id=credential.account_id,
            credential_id=credential.id,
        )
        writes.save(item, condition=CredentialItem.pk.does_not_exist())
        writes.save(owner, condition=CredentialOwnerItem.pk.does_not_exist())

    def delete(self, credential: Credential) -> None:
        """Delete a credential. Raises NotFound if it was deleted already."""
        item = CredentialItem(account_key(credential.account_id), _PREFIX + credential.id)
        owner = CredentialOwnerItem(_owner_key(credential.dialect, credential.handle), _OWNER)
        with on_condition_failure(_unknown()), transaction() as writes:
            writes.delete(item, condition=CredentialItem.pk.exists())
            writes.delete(owner)


def _owner_key(dialect: str, handle: str) -> str:
    return f"credential#{dialect}#{handle}"
