"""The account over the Docs API: /3.0, its health check, and the description of the API."""

from typing import Annotated, Any

from functions.compat.docs.auth import DOCS
from functions.compat.docs.links import Here, Links
from functions.compat.docs.operations import DocsOperations, IfNoneMatch, Partial
from functions.compat.docs.schemas_root import Ping, Root
from postrider import bootstrap
from postrider.accounts.model import Account
from postrider.contacts.model import Status
from postrider.http import Caller, Depends
from postrider.users.model import User

operations = DocsOperations("Root")
Anyone = Annotated[Caller, Depends(DOCS.needs("self:read"))]
HEALTHY = "The API works, and the key is valid."


@operations.get("/3.0", "Show the account and links to all collections", errors=(400, 401, 422))
def getRoot(  # noqa: N802  # the operation id
    caller: Anyone, here: Here, partial: Partial, if_none_match: IfNoneMatch = None
) -> Root:
    """Return the account of the key. Members that the platform has no values for are left out."""
    account = bootstrap.accounts().get_cached(caller.account_id)
    user = bootstrap.users().get(caller.user_account_id, caller.user_id)
    list_ids = [contact_list.id for contact_list in bootstrap.lists().all(caller.account_id)]
    subscribed = bootstrap.contacts().counts_of_lists(caller.account_id, list_ids)[Status.ACTIVE]
    return Root.model_validate(_root(account, user) | {"total_subscribers": subscribed, "_links": _links(here)})


def _root(account: Account, user: User) -> dict[str, Any]:
    return {
        "account_id": int(account.id),
        "login_id": int(user.id),
        "account_name": account.name or "",
        "email": user.email,
        "first_name": user.first_name or "",
        "last_name": user.last_name or "",
        "username": user.email,
        "role": "owner" if account.owner_user_id == user.id else "admin" if "admin" in user.scopes else "manager",
        "member_since": account.created_at,
        "account_timezone": user.timezone or "",
        "contact": {
            "company": account.name or "",
            "addr1": account.address.get("address1") or "",
            "addr2": account.address.get("address2") or "",
            "city": account.address.get("city") or "",
            "state": account.address.get("province") or "",
            "zip": account.address.get("postal_code") or "",
            "country": account.address.get("country") or "",
        },
        "last_login": user.last_activity_at,
    }


def _links(here: Links) -> list[dict[str, Any]]:
    return [
        here.link("self", "GET", "/", answer="Root"),
        here.link("ping", "GET", "/ping", answer="Ping"),
        here.link("lists", "GET", "/lists", answer="Lists"),
    ]


@operations.get("/3.0/ping", "Check the key", errors=(401,))
def ping(caller: Anyone) -> Ping:
    """Return a constant text for a valid key."""
    return Ping(health_status=HEALTHY)
