"""A dialect is one HTTP API of the platform; what distinguishes it from the others is the value of one class.

The order of a call is fixed: `before` steps, route, validation, caller (identity, limits, right), service, answer,
`after` steps. A malformed call without a good credential is refused for its credential.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import Request, Response
from pydantic import BaseModel

from postrider.accounts.model import Caller
from postrider.http.audit import note_permission
from postrider.http.bodies import Result
from postrider.http.call_limits import count_call
from postrider.kit.actors import Origin, set_user
from postrider.kit.errors import (
    Conflict,
    Forbidden,
    NotFound,
    PostriderError,
    RateLimited,
    TooLarge,
    Unauthenticated,
)
from postrider.rate_limits.windows import Allowance

EVERY_RIGHT = frozenset({"user", "admin", "internal"})
"""Scopes that carry every right of an account."""

Event = dict[str, Any]
"""What the HTTP API hands to a Lambda function, payload format 2.0."""
Headers = Mapping[str, str]
Problem = Mapping[str, Any]
"""A part of a request that does not fit its schema: `loc`, `msg` and `type` as pydantic names them."""
Identify = Callable[[Headers, str], Caller]
"""Return the caller of a call with these headers and this path. Raises Unauthenticated."""
Before = Callable[[Event], Event]
"""A step in front of the routes; it may raise a PostriderError, which refuses the call."""
After = Callable[[Event, Result], Result]
ErrorModels = Mapping[int, tuple[str, type[BaseModel]]]
"""Description and body of each status of an error, for the document."""


class RepeatedCall(Conflict):
    """The Idempotency-Key belongs to another call, or to one that has not ended."""


STATUSES: Mapping[type[PostriderError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    RepeatedCall: 409,
    TooLarge: 413,
    RateLimited: 429,
}
"""HTTP statuses of dialects that have no other mapping; all other errors are 400."""


def status_of(error: PostriderError) -> int:
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)


def code_of(status: int) -> str:
    """Return a word for programs: "not_found" for 404."""
    return "too_large" if status == 413 else HTTPStatus(status).name.lower()


@dataclass(frozen=True)
class Call:
    """The known parts of a call that is refused. `route` is None when no route fits."""

    method: str
    path: str
    headers: Headers
    route: Any | None = None


class Answers(Protocol):
    """The four kinds of error responses of a dialect."""

    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        """Return the response to a call that the domain refuses."""

    def malformed(self, problems: Sequence[Problem], call: Call) -> Response[Any]:
        """Return the response to a call that does not match the schema of its route."""

    def unrouted(self, status: int, allow: Sequence[str], call: Call) -> Response[Any]:
        """Return the response without a route: 404, or 405 with the methods that the path allows."""

    def fault(self, call: Call) -> Response[Any]:
        """Return the response to a failure of the platform."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    name: str
    identify: Identify
    answers: Answers
    security: Mapping[str, Mapping[str, Any]]
    """Security schemes as the document has them; a call needs all of them. The framework's models of the document are
    not used here: they take a fifth of all imports of a function."""
    errors: ErrorModels
    usual_errors: tuple[int, ...]
    """Statuses of errors that an operation documents unless it names others."""
    general_errors: tuple[int, ...] = ()
    """Statuses of errors that every operation documents beside its own, where they are possible."""
    before: tuple[Before, ...] = ()
    after: tuple[After, ...] = ()
    origin: Origin = Origin.API
    """The side whose calls these are, for the events that they cause."""
    spanning: frozenset[str] = frozenset()
    """Names of path parameters that may hold slashes; a fixed word must follow or the path must end."""
    allowance_of: Callable[[str], Allowance] | None = None
    """Return the exact limit of calls of an account on this path. None: the dialect has no limits of its own."""

    is_strict: Callable[[Headers], bool] = lambda headers: False
    """Return whether a call wants unknown members of its body to be refused, where they are otherwise ignored."""

    def count(self, caller: Caller, path: str) -> None:
        """Count a call. Raises RateLimited for a token or account that calls too often."""
        count_call(caller, self.allowance_of(path) if self.allowance_of else None)

    def needs(self, right: str) -> Callable[[Request], Caller]:
        """Return a dependency that gives the caller, once it holds `right`, e.g. "contacts:write"."""

        def caller(request: Request) -> Caller:
            path = request.resolved_event.path
            identified = self.identify(request.headers, path)
            self.count(identified, path)
            check_right(identified, right)
            note_permission(identified, right)
            set_user(user_id=identified.user_id, email=identified.email, account_id=identified.user_account_id)
            return identified

        caller.right = right  # type: ignore[attr-defined]  # read by the test that every route names its right
        return caller


def check_right(caller: Caller, right: str) -> None:
    """Check that the caller holds the right; for calls whose rights depend on their bodies too. Raises Forbidden."""
    if not caller.scopes & (EVERY_RIGHT | {right}):
        raise Forbidden(f"The token lacks the scope {right!r}.", details={"scope": right})
