"""Accounts over HTTP: /accounts."""

from typing import Annotated

from functions.api.accounts.schemas_accounts import (
    AccountFullResponse,
    AccountResponse,
    AccountSummaryResponse,
    PatchAccountResponse,
    PatchSelfAccount,
)
from postrider import bootstrap
from postrider.accounts.model import Account
from postrider.accounts.service import AccountService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.kit.clock import unix
from postrider.kit.errors import Invalid, named_at

operations = Operations("Account", MAIN)
Accounts = Annotated[AccountService, Depends(bootstrap.accounts)]
Self = Annotated[Caller, Depends(needs("accounts:read", own_account_only=True))]
SelfWriter = Annotated[Caller, Depends(needs("accounts:write", own_account_only=True))]


def account_fields(account: Account) -> AccountFullResponse:
    return AccountFullResponse.model_validate(
        {
            "id": account.id,
            "lineage": account.lineage,
            "status": account.status,
            "name": account.name,
            "address": account.address,
            "account_owner": {"user_id": account.owner_user_id},
            "default_list_id": account.default_list_id,
            "fax": account.fax,
            "phone": account.phone,
            "website": account.website,
            "logo": account.logo,
            "color": account.color,
            "usage_limits": account.usage_limits,
            "last_activity_on": unix(account.last_activity_at),
            "created_on": unix(account.created_at),
            "partner": account.partner,
            "overrides": account.overrides,
            "bypass_recaptcha": account.overrides["bypass_recaptcha"],
        }
    )


def account_summary(account: Account) -> AccountSummaryResponse:
    return AccountSummaryResponse.model_validate(
        {
            "id": account.id,
            "lineage": account.lineage,
            "status": account.status,
            "partner": account.partner,
            "name": account.name,
            "account_owner": {"user_id": account.owner_user_id},
            "usage_limits": account.usage_limits,
            "created_on": unix(account.created_at),
            "expires_on": None,
        }
    )


@operations.get("/accounts/self", "Show the caller's own account", errors=(400, 401))
def get_self_account(caller: Self, accounts: Accounts) -> AccountResponse:
    """Return the account that the token belongs to, with its address, language, limits and settings.

    The answer is always about the token's own account, not about sub-accounts.
    """
    return AccountResponse(data=account_fields(accounts.get(caller.account_id)))


@operations.patch("/accounts/self", "Change the caller's own account")
def patch_self_account(caller: SelfWriter, accounts: Accounts, body: PatchSelfAccount) -> PatchAccountResponse:
    """Change the given settings of the token's own account; missing settings keep their values.

    Phone, fax, website, logo, color and the default list are cleared with null. A postal address is changed as a whole.
    """
    changes = body.model_dump(mode="json", exclude_unset=True)
    if "logo" in changes:
        changes["logo"] = changes["logo"] or ""
    domains = changes.pop("domains", None)
    owner = changes.pop("account_owner", None)
    if owner and owner.get("user_id") is not None:
        with named_at(("account_owner", "user_id"), as_=Invalid):
            bootstrap.users().get(caller.account_id, str(owner["user_id"]))
        changes["owner_user_id"] = str(owner["user_id"])
    if body.default_list_id is not None:
        bootstrap.lists().check_default(caller.account_id, body.default_list_id)
    if domains:
        bootstrap.account_domains().change(caller.account_id, domains)
    return PatchAccountResponse(data=account_fields(accounts.change(caller.account_id, changes)), warnings=[])
