"""Accounts below an account: a partner creates, changes, suspends and deletes them (main-api.md, section 17)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postrider.contacts import address
from postrider.domains.settings import parse_domains
from postrider.kit.errors import Forbidden, Invalid, named_at
from postrider.kit.quotas import add_within_quota
from postrider.rate_limits.visitors import INVITATIONS_PER_ADDRESS, VisitorLimits
from postrider.storage.dynamo import on_condition_failure
from postrider.users.model import OWNER_SCOPES, LinkPurpose, User, UserStatus
from postrider.users.rules import LINK_INVALID, login_taken

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Account, Caller
    from postrider.accounts.service import AccountService
    from postrider.users.links import UserLinks
    from postrider.users.service import UserService

MAX_SUB_ACCOUNTS = 1000
"""Maximum number of accounts below an account, at any depth; a listing reads all of them."""
MAX_DEPTH = 10
"""Maximum depth of the tree of accounts. A new account is written with a row for each account above it."""


class SubAccountService:
    def __init__(
        self,
        accounts: AccountService,
        users: UserService,
        links: UserLinks,
        limits: VisitorLimits,
    ) -> None:
        self._accounts, self._users = accounts, users
        self._links, self._limits = links, limits

    def all(self, caller: Caller, partner_account_id: str | None = None, *, recursive: bool = False) -> list[Account]:
        """Return the accounts directly below a partner, by default the caller's own account; `recursive`: all below.

        Deleted accounts are included. Raises OutOfReach.
        """
        node = self._node(caller, partner_account_id)
        accounts = self._accounts.below(node.id)
        return [account for account in accounts if recursive or account.depth == node.depth + 1]

    def get(self, caller: Caller, account_id: str) -> Account:
        """Return the caller's own account or an account below it. Raises OutOfReach."""
        return self._accounts.get(self._accounts.act_as(caller, account_id).account_id)

    def create(
        self,
        caller: Caller,
        partner_account_id: str | None,
        *,
        name: str,
        settings: dict[str, Any],
        owner: dict[str, Any],
        password: str | None = None,
        trial: bool = False,
        skip_verification: bool = False,
    ) -> tuple[Account, User]:
        """Create an account with its owner, who confirms it with a mailed link.

        `settings` are other fields of the account, `owner` the email, the name, the language and so on of the owner.
        With `skip_verification` (scope admin) both are active at once. Raises OutOfReach, Forbidden; Invalid if the account
        above is not a partner, and for too many or too deep accounts; Conflict if a user has the owner's email.
        """
        self._accounts.check_manager(caller)
        if skip_verification and "admin" not in caller.scopes:
            reason = "Only a token with the scope admin skips the verification."
            raise Forbidden(reason, code="admin_required", field="skip_verification")
        parent = self._node(caller, partner_account_id)
        self._check_parent(parent)
        parsed = address.parse(owner.pop("email"), field=("account_owner", "email"))
        if not skip_verification:
            self._limits.take(INVITATIONS_PER_ADDRESS, parsed.canonical)
        open_status = "trial" if trial else "active"
        account = self._accounts.new(
            name=name,
            parent=parent,
            status=open_status if skip_verification else "pending",
            open_status=open_status,
            **_with_parsed_domains(settings),
        )
        user = self._users.new(
            account.id,
            email=parsed.original,
            password=password,
            scopes=OWNER_SCOPES,
            is_confirmed=skip_verification,
            **owner,
        )
        account = replace(account, owner_user_id=user.id)
        self._add(account, user)
        if not skip_verification:
            self._links.send(LinkPurpose.CONFIRM_ACCOUNT, user)
        elif password is None:
            self._links.send(LinkPurpose.RESET_PASSWORD, user)
        return account, user

    def confirm(self, account_id: str, confirmation: str) -> tuple[Account, User]:
        """Open the account with a mailed link. An owner without a password gets a link to choose one.

        Raises Invalid for an invalid link.
        """
        link, user = self._links.user_of(LinkPurpose.CONFIRM_ACCOUNT, confirmation)
        account = self._accounts.get(user.account_id)
        if (
            account.id != account_id
            or account.owner_user_id != user.id
            or account.status not in ("pending", "active", "trial")
        ):
            raise Invalid(
                "The confirmation belongs to another account, or the account is not pending.",
                code=LINK_INVALID,
                field="confirmation",
            )
        # The account first: after a crash in between the link still works.
        if account.status == "pending":
            account = self._accounts.change(account.id, {"status": account.open_status})
        values: dict[str, Any] = {}
        if user.password_hash is not None:
            values = {"status": UserStatus.ACTIVE.value, "confirmed_at": link.created_at}
        user = self._users.change(user, link=link, last_confirmation_sent_at=link.created_at, **values)
        if user.password_hash is None:
            self._links.send(LinkPurpose.CONFIRM_USER, user)
        return account, user

    def change(self, caller: Caller, account_id: str, changes: dict[str, Any]) -> Account:
        """Set fields of an account below the caller's. `trial` starts or ends the trial.

        Raises OutOfReach, Forbidden; Invalid for an owner who is not a user of the account.
        """
        account = self._below(caller, account_id)
        changes = _with_parsed_domains(changes)
        trial = changes.pop("trial", None)
        if trial is not None:
            status = "trial" if trial else "active"
            changes |= {"open_status": status} | ({"status": status} if account.is_open else {})
        if "owner_user_id" in changes:
            with named_at(("account_owner", "user_id"), as_=Invalid):
                self._users.get(account.id, changes["owner_user_id"])
        return self._accounts.change(account.id, changes)

    def suspend(self, caller: Caller, account_id: str) -> Account:
        """Suspend the account: its users and programs are refused. Raises OutOfReach, Forbidden; Invalid if deleted."""
        account = self._below(caller, account_id)
        if account.status == "suspended_by_partner":
            return account
        return self._accounts.change(account.id, {"status": "suspended_by_partner", "former_status": account.status})

    def unsuspend(self, caller: Caller, account_id: str) -> Account:
        """Restore the status before the suspension. Raises OutOfReach, Forbidden; Invalid if deleted."""
        account = self._below(caller, account_id)
        if account.status != "suspended_by_partner":
            return account
        return self._accounts.change(account.id, {"status": account.former_status or "active", "former_status": None})

    def delete(self, caller: Caller, account_id: str) -> None:
        """Mark the account as deleted: its users and programs are refused.

        Raises the errors of `suspend`; Invalid while accounts below it are not deleted.
        """
        account = self._below(caller, account_id)
        if any(lower.status != "deleted" for lower in self._accounts.below(account.id)):
            reason = "The account has sub-accounts: delete them first."
            raise Invalid(reason, code="account_has_sub_accounts", field="account_id")
        self._accounts.change(account.id, {"status": "deleted"})

    def _add(self, account: Account, owner: User) -> None:
        """Store a new account with its owner. Raises Invalid for too many accounts, Conflict if the email is taken."""

        def add() -> None:
            events = self._accounts.creation_events(account)
            with on_condition_failure(login_taken(("account_owner", "email"))), events.transaction() as writes:
                self._accounts.add_to(writes, account)
                self._users.add_to(writes, owner)

        def undo() -> None:
            with self._accounts.removal_events(account).transaction() as writes:
                self._accounts.remove_from(writes, account)
                self._users.remove_from(writes, owner)

        top_id = account.lineage.split("-")[0]
        reason = f"An account has at most {MAX_SUB_ACCOUNTS} sub-accounts."
        add_within_quota(
            MAX_SUB_ACCOUNTS,
            add=add,
            undo=undo,
            count=lambda: self._accounts.number_below(top_id),
            error=Invalid(reason, code="too_many_accounts", field="partner_account_id"),
        )

    def _node(self, caller: Caller, partner_account_id: str | None) -> Account:
        """Return the parent account of the call. Raises OutOfReach."""
        return self._accounts.get(
            self._accounts.act_as(caller, partner_account_id, field="partner_account_id").account_id
        )

    def _below(self, caller: Caller, account_id: str) -> Account:
        """Return an account below the caller's own."""
        self._accounts.check_manager(caller)
        account = self.get(caller, account_id)
        if account.id == caller.own_account_id:
            reason = "Only an account above this one may do this, and this is the account of the token."
            raise Invalid(reason, code="own_account", field="account_id")
        return account

    def _check_parent(self, parent: Account) -> None:
        if not parent.partner:
            reason = "The account cannot have sub-accounts, because it is not a partner account."
            raise Invalid(reason, code="not_a_partner", field="partner_account_id")
        if parent.depth >= MAX_DEPTH:
            reason = f"Accounts nest at most {MAX_DEPTH} deep."
            raise Invalid(reason, code="accounts_too_deep", field="partner_account_id")


def _with_parsed_domains(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an account with parsed domains. Raises Invalid for an invalid domain."""
    return {**fields, "domains": parse_domains(fields["domains"])} if fields.get("domains") else dict(fields)
