"""The pages of links that confirm users and accounts and reset passwords. The secret in the link is the credential."""

from collections.abc import Callable
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
    return _password_form(links, LinkPurpose.CONFIRM_USER, secret)


@operations.post("/confirm-user/{secret}", "Set the first password of a user", public=True, errors=())
def set_first_password(links: Links, management: Management, request: Request, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.CONFIRM_USER, secret)
    return _password_set(user, request, lambda password: management.confirm(user.id, secret, password))


@operations.page("/reset-password/{secret}", "Ask for a new password")
def ask_new_password(links: Links, secret: str) -> Response[str]:
    return _password_form(links, LinkPurpose.RESET_PASSWORD, secret)


@operations.post("/reset-password/{secret}", "Set a new password", public=True, errors=())
def set_new_password(links: Links, recovery: Recovery, request: Request, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.RESET_PASSWORD, secret)
    return _password_set(user, request, lambda password: recovery.confirm(secret, password))


@operations.page("/confirm-account/{secret}", "Ask before confirming an account")
def ask_account(links: Links, secret: str) -> Response[str]:
    """Return the question without changing anything, since scanners open every link of a mail."""
    _, user = links.user_of(LinkPurpose.CONFIRM_ACCOUNT, secret)
    account = bootstrap.accounts().get(user.account_id)
    return page(pages.account_confirmation(user.language, account.name or ""))


@operations.post("/confirm-account/{secret}", "Confirm the account of a link", public=True, errors=())
def confirm_account_of_link(links: Links, accounts: SubAccounts, secret: str) -> Response[str]:
    _, user = links.user_of(LinkPurpose.CONFIRM_ACCOUNT, secret)
    accounts.confirm(user.account_id, secret)
    return page(pages.account_confirmed(user.language))


def _password_form(links: UserLinks, purpose: LinkPurpose, secret: str) -> Response[str]:
    """Return the form for the password of the user of a link. Raises Invalid for an invalid link."""
    _, user = links.user_of(purpose, secret)
    return page(pages.choose_password(user.language, user.email))


def _password_set(user: User, request: Request, store: Callable[[str], object]) -> Response[str]:
    """Store the password of the form; return the form again for a too short one. Raises the errors of `store`."""
    try:
        store(form_of(request).get("password", ""))
    except Invalid as exc:
        if exc.code != TOO_SHORT:
            raise
        return page(pages.choose_password(user.language, user.email, is_too_short=True), status=400)
    return page(pages.password_set(user.language))
