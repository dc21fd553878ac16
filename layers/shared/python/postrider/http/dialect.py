"""Define a dialect: one HTTP API of the platform, whose differences from other dialects are the values of one class.

The order of a call is fixed: `before` steps, route, validation, caller (identity, limits, right), service, answer,
`after` steps. A malformed call without a valid credential is refused because of its credential.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import Request, Response
from pydantic import BaseModel

from postrider.accounts.model import Caller
from postrider.http.audit import note_permission
from postrider.http.bodies import JSON, Result
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
"""Scopes that include every right of an account."""

Event = dict[str, Any]
"""An event of the HTTP API for a Lambda function, payload format 2.0."""
Headers = Mapping[str, str]
Problem = Mapping[str, Any]
"""A validation problem of a request, with the members `loc`, `msg` and `type` of pydantic."""
Identify = Callable[[Headers, str], Caller]
"""A function that returns the caller of a call with these headers and this path. Raises Unauthenticated."""
Before = Callable[[Event], Event]
"""A step before the routes; it may raise a PostriderError to refuse the call."""
After = Callable[[Event, Result], Result]
ErrorModels = Mapping[int, tuple[str, type[BaseModel]]]
"""Description and body of each status of an error, for the document."""


class RepeatedCall(Conflict):
    """The Idempotency-Key belongs to another call, or to a call that has not ended."""


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
    """The known parts of a refused call. `route` is None if no route matches."""

    method: str
    path: str
    headers: Headers
    route: Any | None = None
    id: str = ""
    """The id of the call at the gateway."""


class ErrorResponses(Protocol):
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
    answers: ErrorResponses
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
    """The origin of these calls, for the events that they cause."""
    spanning: frozenset[str] = frozenset()
    """Names of path parameters that may contain slashes; they must be followed by a literal segment or the end."""
    allowance_of: Callable[[str], Allowance] | None = None
    """A function that returns the exact limit of calls of an account on this path; None if the dialect has no such limits."""
    most_in_flight: int | None = None
    """The limit of calls of a token at the same time; None if the dialect has no such limit."""
    error_type: str = JSON
    """The media type of errors."""
    is_strict: Callable[[Headers], bool] = lambda headers: False
    """A function that returns whether a call requests that unknown members of its body are refused instead of ignored."""

    def count(self, caller: Caller, path: str) -> None:
        """Count a call. Raises RateLimited for a token or account with too many calls."""
        count_call(caller, self.allowance_of(path) if self.allowance_of else None, self.most_in_flight)

    def needs(self, right: str) -> Callable[[Request], Caller]:
        """Return a dependency that returns the caller if it has `right`, such as "contacts:write"."""

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
    """Check that the caller has the right, also for calls whose rights depend on their bodies. Raises Forbidden."""
    if not caller.scopes & (EVERY_RIGHT | {right}):
        raise Forbidden(f"The token lacks the scope {right!r}.", details={"scope": right})
