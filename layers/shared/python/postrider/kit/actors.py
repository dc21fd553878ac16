"""Store the actor of the current call of this process, for events and records of the call.

Entry points set it. It is not an argument of services, because no service makes decisions by it.
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum


class Origin(StrEnum):
    """The origin of a change: a person (contact), a user of the console, or a program."""

    PERSON = "person"
    ADMIN = "admin"
    API = "api"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The actor of a call. The members are None without a login."""

    user_id: str | None = None
    email: str | None = None
    account_id: str | None = None
    ip: str | None = None
    origin: Origin = Origin.API


NOBODY = Actor()
_current: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def current_actor() -> Actor:
    return _current.get()


def begin_call(*, ip: str | None = None, origin: Origin = Origin.API) -> None:
    """Clear the actor of the previous call; every entry point begins with this."""
    _current.set(Actor(ip=ip, origin=origin))


def set_user(*, user_id: str, email: str, account_id: str) -> None:
    """Store the authenticated user."""
    _current.set(replace(_current.get(), user_id=user_id, email=email, account_id=account_id))
