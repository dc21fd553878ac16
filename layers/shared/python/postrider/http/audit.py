"""Record changes: once per call, by the entry point, after the call has succeeded."""

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
"""Rights of calls that send and change nothing: each mail is in the log of mails already."""
MAX_PATH_CHARS = 500


@dataclass(frozen=True, kw_only=True)
class _Permission:
    """The caller who was let in, with the right that the call needed."""

    caller: Caller
    right: str


_permission: ContextVar[_Permission | None] = ContextVar("permission", default=None)


def begin_audit() -> None:
    """Forget the caller of the call before; every entry point begins with this."""
    _permission.set(None)


def note_permission(caller: Caller, right: str) -> None:
    """Note that the caller holds the right that the call needs."""
    _permission.set(_Permission(caller=caller, right=right))


def note_account(caller: Caller) -> None:
    """Note that the caller acts on another account, whose log gets the change."""
    if permission := _permission.get():
        _permission.set(replace(permission, caller=caller))


def record_change(event: dict[str, Any], answer: Result, dialect: str) -> None:
    """Record the change of a call that has succeeded. Nothing of it fails the call.

    A repetition that gets the first answer again has no permission noted: it changes nothing.
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
    from postrider.audit.model import Change  # reads do without

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
    """Return the path, or the route when the path holds an address."""
    has_address = "@" in unquote(path) or len(path) > MAX_PATH_CHARS
    return route if has_address else path
