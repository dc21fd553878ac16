"""OAuth clients over HTTP: /oauth-clients."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.accounts.schemas_oauth_clients import (
    CreateOAuthClient,
    CreateOAuthClientResponse,
    DeleteOAuthClientResponse,
    OAuthClientFullResponse,
    OAuthClientsResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.kit.clock import unix
from postrider.oauth_clients.model import OAuthClient
from postrider.oauth_clients.service import OAuthClientService

operations = Operations("OAuth Client", MAIN, keep_answers=False)
OAuthClients = Annotated[OAuthClientService, Depends(bootstrap.oauth_clients)]
Reader = Annotated[Caller, Depends(needs("oauth_clients:read"))]
Writer = Annotated[Caller, Depends(needs("oauth_clients:write"))]
ClientId = Annotated[str, Path(description="Id of the OAuth client.")]


def _full(client: OAuthClient) -> OAuthClientFullResponse:
    return OAuthClientFullResponse(
        client_id=client.id,
        name=client.name,
        redirect_uris=list(client.redirect_uris),
        scopes=sorted(client.rights),
        public=client.is_public,
        created_on=unix(client.created_at),
    )


@operations.get("/oauth-clients", "List OAuth clients")
def list_oauth_clients(caller: Reader, clients: OAuthClients, paging: PageRequest) -> OAuthClientsResponse:
    """Return the programs of the account that may ask users for access. Secrets are not shown."""
    pagination, items = listing(clients.all(caller.account_id), paging)
    return OAuthClientsResponse(pagination=pagination, data=[_full(client) for client in items])


@operations.post("/oauth-clients", "Register an OAuth client", status=201, errors=(400, 401, 403, 422))
def create_oauth_client(caller: Writer, clients: OAuthClients, body: CreateOAuthClient) -> CreateOAuthClientResponse:
    """Register a program. Only this answer has the secret, so that an Idempotency-Key is ignored.

    Users of any account of the deployment can give the program access to their account, which ends when the program is
    deleted. For the owner or an administrator.
    """
    client, secret = clients.create(
        caller, name=body.name, redirect_uris=body.redirect_uris, rights=body.scopes, is_public=body.public
    )
    base_url = bootstrap.public_base_url()
    return CreateOAuthClientResponse(
        id=client.id,
        created=True,
        object="oauth_client",
        data=_full(client),
        client_secret=secret,
        authorize_url=f"{base_url}/oauth2/authorize",
        token_url=f"{base_url}/oauth2/token",
    )


@operations.delete("/oauth-clients/{client_id}", "Delete an OAuth client", errors=(400, 401, 403, 422))
def delete_oauth_client(caller: Writer, clients: OAuthClients, client_id: ClientId) -> DeleteOAuthClientResponse:
    """Tokens that users have given to the program are refused after at most 30 seconds."""
    clients.delete(caller, client_id)
    return DeleteOAuthClientResponse(id=client_id, deleted=True, object="oauth_client")
