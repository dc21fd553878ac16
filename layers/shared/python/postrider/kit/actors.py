"""Keep who acts in the call that this process handles, for the events and records that the call causes.

Entry points set it. It is no argument of services, because no service decides by it.
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum


class Origin(StrEnum):
    """The side that causes something: the person behind a contact, a user of the console, or a program."""

    PERSON = "person"
    ADMIN = "admin"
    API = "api"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The cause of something. The members are None when nobody is logged in."""

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
    """Forget the actor of the call before; every entry point begins with this."""
    _current.set(Actor(ip=ip, origin=origin))


def set_user(*, user_id: str, email: str, account_id: str) -> None:
    """Note the user who was identified."""
    _current.set(replace(_current.get(), user_id=user_id, email=email, account_id=account_id))
