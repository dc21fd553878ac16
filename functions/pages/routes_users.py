"""The pages behind the links that confirm users and accounts and reset passwords. No caller: the secret in the link says all."""

from typing import Annotated

from functions.pages.requests import form_of, page
from postrider import bootstrap
from postrider.http import Depends, Operations, Request, Response
from postrider.http.main.dialect import MAIN
from postrider.kit.errors import Invalid
from postrider.usecases.sub_accounts import SubAccountService
from postrider.users import pages
from postrider.users.links import UserLinks
from postrider.users.management import UserManagement
from postrider.users.model import LinkPurpose, User
from postrider.users.recovery import UserRecovery

operations = Operations("Public page", MAIN)
Links = Annotated[UserLinks, Depends(bootstrap.user_links)]
Management = Annotated[UserManagement, Depends(bootstrap.user_management)]
Recovery = Annotated[UserRecovery, Depends(bootstrap.user_recovery)]
SubAccounts = Annotated[SubAccountService, Depends(bootstrap.sub_accounts)]
TOO_SHORT = "password_too_short"


@operations.page("/confirm-user/{secret}", "Ask an invited user for a password")
def ask_first_password(links: Links, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.CONFIRM_USER, secret)
    return page(pages.choose_password(user.language, user.email))


@operations.post("/confirm-user/{secret}", "Set the first password of a user", public=True, errors=())
def set_first_password(links: Links, management: Management, request: Request, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.CONFIRM_USER, secret)
    try:
        management.confirm(user.id, secret, _password(request))
    except Invalid as exc:
        return _asked_again(user, exc)
    return page(pages.password_set(user.language))


@operations.page("/reset-password/{secret}", "Ask for a new password")
def ask_new_password(links: Links, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.RESET_PASSWORD, secret)
    return page(pages.choose_password(user.language, user.email))


@operations.post("/reset-password/{secret}", "Set a new password", public=True, errors=())
def set_new_password(links: Links, recovery: Recovery, request: Request, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.RESET_PASSWORD, secret)
    try:
        recovery.confirm(secret, _password(request))
    except Invalid as exc:
        return _asked_again(user, exc)
    return page(pages.password_set(user.language))


@operations.page("/confirm-account/{secret}", "Ask before confirming an account")
def ask_account(links: Links, secret: str) -> Response[str]:
    """Ask and change nothing, since scanners follow every link of a mail."""
    _, user = links.user_of(LinkPurpose.CONFIRM_ACCOUNT, secret)
    account = bootstrap.accounts().get(user.account_id)
    return page(pages.ask_account(user.language, account.name or ""))


@operations.post("/confirm-account/{secret}", "Confirm the account of a link", public=True, errors=())
def confirm_account_of_link(links: Links, accounts: SubAccounts, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.CONFIRM_ACCOUNT, secret)
    accounts.confirm(user.account_id, secret)
    return page(pages.account_confirmed(user.language))


def _password(request: Request) -> str:
    return form_of(request).get("password", "")


def _asked_again(user: User, exc: Invalid) -> Response[str]:
    """Return the form once more for a password that is too short. Raises any other error again."""
    if exc.code != TOO_SHORT:
        raise exc
    return page(pages.choose_password(user.language, user.email, is_too_short=True), status=400)
