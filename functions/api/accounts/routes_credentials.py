"""Credentials over HTTP: /credentials."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.accounts.schemas_credentials import (
    CreateCredential,
    CreateCredentialResponse,
    CredentialFullResponse,
    CredentialsResponse,
    DeleteCredentialResponse,
)
from postrider import bootstrap
from postrider.credentials.model import FORMATS, Credential
from postrider.credentials.service import CredentialService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.kit.clock import unix, unix_or_none

operations = Operations("Credential", MAIN, keep_answers=False)
Credentials = Annotated[CredentialService, Depends(bootstrap.credentials)]
Reader = Annotated[Caller, Depends(needs("credentials:read"))]
Writer = Annotated[Caller, Depends(needs("credentials:write"))]
CredentialId = Annotated[str, Path(description="Id of the credential.")]


def _full(credential: Credential, last_used_at: datetime | None = None) -> CredentialFullResponse:
    return CredentialFullResponse.model_validate(
        {
            "id": credential.id,
            "dialect": credential.dialect,
            "kind": credential.kind,
            "client_id": credential.client_id,
            "public": credential.public,
            "hint": credential.hint,
            "name": credential.name,
            "description": credential.description,
            "scopes": sorted(credential.scopes),
            "created_on": unix(credential.created_at),
            "last_used_on": unix_or_none(last_used_at),
        }
    )


@operations.get("/credentials", "List credentials")
def list_credentials(caller: Reader, credentials: Credentials, paging: PageRequest) -> CredentialsResponse:
    """Return the credentials of the account, without secret halves, including tokens that programs got by OAuth."""
    all_credentials = credentials.all(caller.account_id)
    pagination, items = listing(all_credentials, paging)
    return CredentialsResponse(pagination=pagination, data=[_full(*item) for item in items])


@operations.post("/credentials", "Create a credential", status=201, errors=(400, 401, 403, 422))
def create_credential(caller: Writer, credentials: Credentials, body: CreateCredential) -> CreateCredentialResponse:
    """Create a credential; only this answer has the secret half. An Idempotency-Key is ignored.

    For the owner or an administrator.
    """
    credential, secret = credentials.create(
        caller, body.dialect, name=body.name, description=body.description, scopes=body.scopes
    )
    form = FORMATS[credential.dialect]
    return CreateCredentialResponse(
        id=credential.id,
        created=True,
        object="credential",
        data=_full(credential),
        secret=secret,
        base_url=bootstrap.public_base_url() + form.path.format(public=credential.public),
        header=form.header,
        header_value=form.header_value(credential.public, secret),
    )


@operations.delete("/credentials/{credential_id}", "Revoke a credential", errors=(400, 401, 403, 422))
def delete_credential(
    caller: Writer, credentials: Credentials, credential_id: CredentialId
) -> DeleteCredentialResponse:
    """Calls with it are refused after at most 30 seconds."""
    credentials.revoke(caller, credential_id)
    return DeleteCredentialResponse(id=credential_id, deleted=True, object="credential")
