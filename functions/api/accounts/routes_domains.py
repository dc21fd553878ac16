"""Domains of an account over HTTP: /brands/default/domains/default."""

from typing import Annotated

from functions.api.accounts.dns_records import checked
from functions.api.accounts.schemas_domains import (
    DomainsFullResponse,
    DomainsInstructionResponse,
    DomainsResponse,
    PatchDomains,
    PatchDomainsResponse,
    ValidateDomainsResponse,
)
from postrider import bootstrap
from postrider.domains.settings import AccountDomains, AccountDomainService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN

operations = Operations("Domain", MAIN)
DomainSettings = Annotated[AccountDomainService, Depends(bootstrap.account_domains)]
Reader = Annotated[Caller, Depends(needs("domains:read"))]
Writer = Annotated[Caller, Depends(needs("domains:write"))]


def _full(domains: AccountDomains) -> DomainsFullResponse:
    return DomainsFullResponse(auth=domains.auth, bounce=domains.bounce, dkim=domains.dkim, tracking=domains.tracking)


@operations.get("/brands/default/domains/default", "Show the domains")
def show_domains(caller: Reader, domains: DomainSettings) -> DomainsResponse:
    """Return the domains of the account's mails; an unset domain is an empty text."""
    return DomainsResponse(data=_full(domains.show(caller.account_id)))


@operations.patch("/brands/default/domains/default", "Change the domains", errors=(400, 401, 403, 422))
def patch_domains(caller: Writer, domains: DomainSettings, body: PatchDomains) -> PatchDomainsResponse:
    """Change the given domains; null clears a domain, and missing domains keep their values.

    The domain of bounces must be a subdomain of a domain with an active DKIM key, and is used at once. Refused with 400: an
    invalid domain; with 403: a domain that is verified for another account.
    """
    changes = body.domains.model_dump(mode="json", exclude_unset=True)
    return PatchDomainsResponse(object="domains", patched=True, data=_full(domains.change(caller.account_id, changes)))


@operations.get("/brands/default/domains/default/validate", "Validate the domains")
def validate_domains(caller: Reader, domains: DomainSettings) -> ValidateDomainsResponse:
    """Look up the records of the domains, and return the values found and their problems."""
    result = domains.validate(caller.account_id)
    return ValidateDomainsResponse(
        data=DomainsInstructionResponse(
            bounce=[checked(record) for record in result.bounce],
            tracking=[checked(record) for record in result.tracking],
            dmarc=[checked(record) for record in result.dmarc],
        )
    )
