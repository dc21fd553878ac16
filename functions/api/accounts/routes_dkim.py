"""DKIM keys over HTTP: /brands/default/dkim."""

from collections.abc import Sequence
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.api.accounts.dns_records import DnsRecordResponse, checked, unchecked
from functions.api.accounts.schemas_domains import (
    CreateDkim,
    CreateDkimResponse,
    DeleteDkimKeyResponse,
    DkimKeyFullResponse,
    DkimKeyResponse,
    DkimKeysResponse,
)
from postrider import bootstrap
from postrider.domains.model import DkimKey, Signing
from postrider.domains.service import DkimService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN

operations = Operations("DKIM", MAIN)
Dkim = Annotated[DkimService, Depends(bootstrap.dkim)]
Reader = Annotated[Caller, Depends(needs("domains:read"))]
Writer = Annotated[Caller, Depends(needs("domains:write"))]
KeyId = Annotated[int, Path(description="Id of the DKIM key.")]


def _full(key: DkimKey, records: Sequence[DnsRecordResponse], problem: str | None = None) -> DkimKeyFullResponse:
    return DkimKeyFullResponse(
        id=key.id,
        status=key.status,
        selector=key.selector,
        domain=key.domain,
        public_key=key.public_key,
        signing=key.signing,
        records=list(records),
        problem=problem,
    )


def _as_stored(dkim: DkimService, key: DkimKey) -> DkimKeyFullResponse:
    return _full(key, [unchecked(record) for record in dkim.records(key)])


@operations.get("/brands/default/dkim", "List DKIM keys")
def list_dkim_keys(caller: Reader, dkim: Dkim) -> DkimKeysResponse:
    """Return the account's DKIM keys with their records. DNS is not queried: show a key to look up its records."""
    return DkimKeysResponse(data=[_as_stored(dkim, key) for key in dkim.all(caller.account_id)])


@operations.post("/brands/default/dkim", "Create a DKIM key", status=201, errors=(400, 401, 403, 422))
def create_dkim_key(caller: Writer, dkim: Dkim, body: CreateDkim) -> CreateDkimResponse:
    """Create a key for the mails of a domain. Publish its records in DNS, then show the key, which looks them up.

    The account owns the domain as soon as its record is found; then no other account can send from it. The private half
    is never shown. Refused with 400: an invalid domain, a second key with the same selector, and an invalid private key;
    with 403: a domain that looks like a domain of another account.
    """
    signing = body.signing or Signing.OWN
    key = dkim.create(
        caller.account_id,
        domain=body.domain,
        selector=body.selector,
        signing=signing,
        private_key=body.private_key,
    )
    return CreateDkimResponse(object="dkim", created=True, data=_as_stored(dkim, key))


@operations.get("/brands/default/dkim/{id}", "Show a DKIM key")
def get_dkim_key(caller: Reader, dkim: Dkim, id: KeyId) -> DkimKeyResponse:
    """Look up the records of a key in DNS, and return the key with the values found and their problems.

    A key with a right record is imported into Amazon SES, and becomes active after SES has verified it, a few minutes later.
    """
    result = dkim.check(caller.account_id, id)
    return DkimKeyResponse(data=_full(result.key, [checked(record) for record in result.records], result.problem))


@operations.delete("/brands/default/dkim/{id}", "Delete a DKIM key")
def delete_dkim_key(caller: Writer, dkim: Dkim, id: KeyId) -> DeleteDkimKeyResponse:
    """Delete a key. Without the key that signs its mails, the account no longer owns the domain, and cannot send from it."""
    key = dkim.delete(caller.account_id, id)
    return DeleteDkimKeyResponse(object="dkim", deleted=True, data=_as_stored(dkim, key))
