"""Record changes in the audit log: once per call, by the entry point, after the call has succeeded."""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.http.bodies import Result
from postrider.kit.actors import current_actor
from postrider.kit.ids import random_id
from postrider.kit.observability import logger

READING = frozenset({"GET", "HEAD", "OPTIONS"})
SENDING = frozenset({"emails:write"})
"""Rights of calls that only send mail, which are not recorded: each mail is in the log of mails already."""
MAX_PATH_CHARS = 500


@dataclass(frozen=True, kw_only=True)
class _Permission:
    """An authorized caller with the right that the call required."""

    caller: Caller
    right: str


_permission: ContextVar[_Permission | None] = ContextVar("permission", default=None)


def begin_audit() -> None:
    """Clear the caller of the previous call; every entry point begins with this."""
    _permission.set(None)


def note_permission(caller: Caller, right: str) -> None:
    """Store that the caller has the right that the call requires."""
    _permission.set(_Permission(caller=caller, right=right))


def note_account(caller: Caller) -> None:
    """Store that the caller acts on another account, whose log gets the change."""
    if permission := _permission.get():
        _permission.set(replace(permission, caller=caller))


def record_change(event: dict[str, Any], answer: Result, dialect: str) -> None:
    """Record the change of a successful call. A failure of the record does not fail the call.

    A repeated call that gets the stored answer is not recorded, because it changes nothing.
    """
    method, permission = event["requestContext"]["http"]["method"], _permission.get()
    if permission is None or method in READING or permission.right.endswith(":read") or permission.right in SENDING:
        return
    if not 200 <= answer["statusCode"] < 300:
        return
    try:
        _record(event, method, permission, dialect)
    except Exception:
        logger.exception("a change was not recorded")


def _record(event: dict[str, Any], method: str, permission: _Permission, dialect: str) -> None:
    from postrider.audit.model import Change  # imported here, because reads do not need it

    caller = permission.caller
    route = (event.get("routeKey") or "").partition(" ")[2]
    bootstrap.audit().record(
        Change(
            id=random_id(),
            account_id=caller.account_id,
            at=bootstrap.clock()(),
            user_id=caller.user_id,
            email=caller.email,
            user_account_id=caller.user_account_id,
            token_id=caller.token_id,
            ip=current_actor().ip,
            dialect=dialect,
            noun=permission.right.partition(":")[0],
            method=method,
            route=route,
            path=_without_addresses(event["rawPath"], route),
        )
    )


def _without_addresses(path: str, route: str) -> str:
    """Return the path, or the route if the path contains an address."""
    has_address = "@" in unquote(path) or len(path) > MAX_PATH_CHARS
    return route if has_address else path
