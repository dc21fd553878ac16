"""Sub-accounts over HTTP: /accounts, but for the caller's own one."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.accounts.routes_accounts import account_fields, account_summary
from functions.api.accounts.routes_users import SkipVerification, visitor_of
from functions.api.accounts.schemas_accounts import (
    AccountResponse,
    AccountsResponse,
    ConfirmAccount,
    ConfirmAccountResponse,
    CreateAccount,
    CreateAccountResponse,
    DeleteAccountResponse,
    PatchAccount,
    PatchAccountResponse,
    ResendAccountVerificationEmailResponse,
    ResendVerificationEmail,
    SuspendAccountResponse,
    UnsuspendAccountResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations, Request
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.filtering import parse_filter
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import Filter, Sort
from postrider.usecases.sub_accounts import SubAccountService
from postrider.users.model import LinkPurpose
from postrider.users.recovery import UserRecovery

operations = Operations("Sub-Account", MAIN, keep_answers=False)
SubAccounts = Annotated[SubAccountService, Depends(bootstrap.sub_accounts)]
Recovery = Annotated[UserRecovery, Depends(bootstrap.user_recovery)]
Reader = Annotated[Caller, Depends(needs("accounts:read", own_account_only=True))]
Writer = Annotated[Caller, Depends(needs("accounts:write", own_account_only=True))]
AccountId = Annotated[str, Path(min_length=1, max_length=20, pattern=r"^[a-zA-Z0-9]+$")]
AccountNumber = Annotated[int, Path()]
Partner = Annotated[
    int | None, Query(description="The partner account to work under; the caller's own account by default.")
]
SORTS = {"name": "name", "created_on": "created_at"}
FILTERS = ("name", "status")


def _partner_id(partner_account_id: int | None) -> str | None:
    return None if partner_account_id is None else str(partner_account_id)


@operations.get("/accounts", "List sub-accounts")
def list_accounts(
    caller: Reader,
    accounts: SubAccounts,
    paging: PageRequest,
    partner_account_id: Partner = None,
    recursive: Annotated[bool, Query(description="Also the accounts below those.")] = False,
    sort: Sort = None,
    filter_text: Filter = None,
) -> AccountsResponse:
    """Return a page of the accounts below a partner account; deleted accounts only with the filter `status==deleted`.

    Filterable by name and status; sortable by name and created_on.
    """
    below = accounts.all(caller, _partner_id(partner_account_id), recursive=recursive)
    if "status" not in parse_filter(filter_text, allowed=FILTERS):
        below = [account for account in below if account.status != "deleted"]
    pagination, items = listing(
        below,
        paging,
        sort=sort,
        sorts=SORTS,
        filter_text=filter_text,
        filters=FILTERS,
    )
    return AccountsResponse(pagination=pagination, data=[account_summary(account) for account in items])


@operations.post("/accounts", "Create a sub-account", status=201, errors=(400, 401, 403, 422))
def create_account(
    caller: Writer,
    accounts: SubAccounts,
    body: CreateAccount,
    partner_account_id: Partner = None,
    skip_verification: SkipVerification = False,
) -> CreateAccountResponse:
    """Create an account below a partner account, with its owner.

    The account is pending until its owner opens the mailed link; `skip_verification` (scope admin) opens it at once. An
    owner without a password gets a link to choose one. For the owner or an administrator of the partner. Refused with 400:
    an account above that is not a partner, and an owner whose email belongs to a user of the platform.
    """
    settings = body.model_dump(
        mode="json", exclude_unset=True, exclude={"name", "account_owner", "trial"}, exclude_none=True
    )
    owner: dict[str, Any] = body.account_owner.model_dump(mode="json", exclude={"password"})
    account, user = accounts.create(
        caller,
        _partner_id(partner_account_id),
        name=body.name,
        settings=settings,
        owner=owner,
        password=body.account_owner.password,
        trial=bool(body.trial),
        skip_verification=skip_verification,
    )
    return CreateAccountResponse(
        id=account.id, object="account", email=user.email, data=account_fields(account), created=True, warnings=[]
    )


@operations.post(
    "/accounts/resend-verification-email", "Send the verification of an account again", public=True, errors=(400, 422)
)
def resend_account_verification(
    request: Request, recovery: Recovery, body: ResendVerificationEmail
) -> ResendAccountVerificationEmailResponse:
    """Mail the confirmation link of an account again, if its pending owner has this address.

    The answer is the same for an unknown account.
    """
    recovery.request(LinkPurpose.CONFIRM_ACCOUNT, body.email, visitor=visitor_of(request))
    return ResendAccountVerificationEmailResponse(object="account", verification_resent=True)


@operations.get("/accounts/{account_id}", "Show an account")
def get_account(caller: Reader, accounts: SubAccounts, account_id: AccountId) -> AccountResponse:
    """Return the caller's own account or an account below it."""
    return AccountResponse(data=account_fields(accounts.get(caller, account_id)))


@operations.patch("/accounts/{account_id}", "Change a sub-account", errors=(400, 401, 403, 422))
def patch_account(
    caller: Writer, accounts: SubAccounts, account_id: AccountNumber, body: PatchAccount
) -> PatchAccountResponse:
    """Change the given settings of an account below the caller's; missing settings keep their values.

    Phone, fax and website are cleared with null. `usage_limits` and `domains` are changed member by member. For the owner
    or an administrator of the partner.
    """
    changes = body.model_dump(mode="json", exclude_unset=True)
    owner = changes.pop("account_owner", None)
    if owner:
        changes["owner_user_id"] = str(owner["user_id"])
    account = accounts.change(caller, str(account_id), changes)
    return PatchAccountResponse(data=account_fields(account), warnings=[])


@operations.delete("/accounts/{account_id}", "Delete a sub-account", errors=(400, 401, 403, 422))
def delete_account(caller: Writer, accounts: SubAccounts, account_id: AccountId) -> DeleteAccountResponse:
    """Mark an account below the caller's as deleted: its users and programs are refused within 30 seconds.

    For the owner or an administrator of the partner. Refused with 400: the caller's own account, and an account with
    sub-accounts.
    """
    accounts.delete(caller, account_id)
    return DeleteAccountResponse(id=account_id, object="account", deleted=True)


@operations.post("/accounts/{account_id}/suspend", "Suspend a sub-account", errors=(400, 401, 403, 422))
def suspend_account(caller: Writer, accounts: SubAccounts, account_id: AccountNumber) -> SuspendAccountResponse:
    """Suspend an account below the caller's: its users and programs are refused within 30 seconds, and it sends nothing.

    The same holds for the accounts below it, until the suspension ends. For the owner or an administrator of the partner.
    """
    account = accounts.suspend(caller, str(account_id))
    return SuspendAccountResponse(id=account.id, object="account", suspended=True, data=account_summary(account))


@operations.post("/accounts/{account_id}/unsuspend", "End the suspension of a sub-account", errors=(400, 401, 403, 422))
def unsuspend_account(caller: Writer, accounts: SubAccounts, account_id: AccountNumber) -> UnsuspendAccountResponse:
    """Restore the status of a suspended account. For the owner or an administrator of the partner."""
    account = accounts.unsuspend(caller, str(account_id))
    return UnsuspendAccountResponse(id=account.id, object="account", unsuspended=True, data=account_summary(account))


@operations.post("/accounts/{account_id}/confirm", "Confirm an account", public=True, errors=(400, 422))
def confirm_account(accounts: SubAccounts, account_id: AccountId, body: ConfirmAccount) -> ConfirmAccountResponse:
    """Open a pending account with the code of the mailed link. An owner without a password gets a link to choose one.

    Refused with 400: a code that is used, expired, or of another account.
    """
    account, user = accounts.confirm(account_id, body.confirmation)
    return ConfirmAccountResponse(
        id=account.id, object="account", email=user.email, data=account_fields(account), confirmed=True
    )
