"""Store the programs of an account, each with an item that finds its account by its id."""

from dataclasses import asdict

from postrider.kit.errors import NotFound
from postrider.oauth_clients.model import OAuthClient
from postrider.oauth_clients.table import OAuthClientItem, OAuthClientOwnerItem
from postrider.storage.accounts_table import account_key, item_or_none, items_of
from postrider.storage.dynamo import entity, on_condition_failure, transaction

_PREFIX = "oauth_client#"
_OWNER = "oauth_client_owner"


class OAuthClientRepository:
    def all(self, account_id: str) -> list[OAuthClient]:
        return [_client(item) for item in items_of(OAuthClientItem, account_id, _PREFIX)]

    def get(self, account_id: str, client_id: str) -> OAuthClient:
        """Return a program of the account. Raises NotFound."""
        item = item_or_none(OAuthClientItem, account_key(account_id), _PREFIX + client_id)
        if item is None:
            raise _unknown()
        return _client(item)

    def account_of(self, client_id: str) -> str | None:
        """Return the account of a program, or None for an unknown one."""
        owner = item_or_none(OAuthClientOwnerItem, _PREFIX + client_id, _OWNER)
        return None if owner is None else owner.account_id

    def add(self, client: OAuthClient) -> None:
        values = asdict(client) | {"redirect_uris": list(client.redirect_uris)}
        with transaction() as writes:
            writes.save(OAuthClientItem(account_key(client.account_id), _PREFIX + client.id, **values))
            writes.save(OAuthClientOwnerItem(_PREFIX + client.id, _OWNER, account_id=client.account_id))

    def delete(self, client: OAuthClient) -> None:
        """Delete a program. Raises NotFound if it does not exist."""
        item = OAuthClientItem(account_key(client.account_id), _PREFIX + client.id)
        with on_condition_failure(_unknown()), transaction() as writes:
            writes.delete(item, condition=OAuthClientItem.pk.exists())
            writes.delete(OAuthClientOwnerItem(_PREFIX + client.id, _OWNER))


def _client(item: OAuthClientItem) -> OAuthClient:
    values = {"redirect_uris": tuple(item.redirect_uris), "rights": frozenset(item.rights)}
    return OAuthClient(**{**vars(entity(OAuthClient, item)), **values})


def _unknown() -> NotFound:
    return NotFound("Unknown OAuth client.", code="oauth_client_not_found", field="client_id")
