"""Who is calling: bearer token to Caller, as a typed parameter of a route."""

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field, TypeAdapter, ValidationError

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.kit.errors import Forbidden, Unauthenticated

__all__ = ["Caller", "anyone_known", "bearer_token", "needs"]

_ACCOUNT_ID: TypeAdapter[int | None] = TypeAdapter(Annotated[int, Field(lt=2**63)] | None)
ActAs = Annotated[int | None, Query(description="Act on this sub-account instead of the caller's own account.")]

EVERY_RIGHT = frozenset({"user", "admin", "internal"})
"""Scopes of the main API that carry every fine-grained right of the account (reference, section 4)."""


def bearer_token(headers: dict[str, str]) -> str | None:
    """The token of `Authorization: Bearer …` (RFC 6750, section 2.1), or None when no such header came."""
    given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def identify(headers: dict[str, str]) -> Caller:
    """The caller behind the request. Raises Unauthenticated when there is none or its token is not good (any more)."""
    token = bearer_token(headers)
    if token is None:
        raise Unauthenticated("A bearer token is required.")
    return bootstrap.tokens().caller_of(token)


def permit(caller: Caller, right: str) -> None:
    """Raises Forbidden when the token's scopes do not carry `right`, e.g. "contacts:write"."""
    if not caller.scopes & (EVERY_RIGHT | {right}):
        raise Forbidden(f"The token lacks the scope {right!r}.", details={"scope": right})


def needs(right: str, *, own_account_only: bool = False) -> Callable[..., Caller]:
    """A dependency that gives the Caller, once it holds `right` and may act on the account asked for.

    Raises Unauthenticated, RateLimited when the account makes too many calls, Forbidden, OutOfReach.

    The query parameter `account_id` selects a sub-account (reference, section 4); with `own_account_only` the
    route does not know that parameter and always means the token's own account.
    """

    def acting_caller(request: Request, account_id: ActAs = None) -> Caller:
        caller = own_caller(request)
        return bootstrap.accounts().act_as(caller, _account_asked_for(request)) if caller else caller

    def own_caller(request: Request) -> Caller:
        caller = identify(request.headers)
        if limits := bootstrap.call_limits():
            limits.take(caller.account_id)
        permit(caller, right)
        return caller

    dependency = own_caller if own_account_only else acting_caller
    dependency.right = right  # type: ignore[attr-defined]  # read by the test that every route names its right
    return dependency


anyone_known = needs("self:read", own_account_only=True)


def _account_asked_for(request: Request) -> str | None:
    given: Any = (request.query_parameters or {}).get("account_id")
    if given in (None, ""):
        return None
    try:
        number = _ACCOUNT_ID.validate_python(given)
    except ValidationError as exc:
        raise RequestValidationError(
            [{**error, "loc": ("query", "account_id")} for error in exc.errors(include_url=False)]
        ) from exc
    return None if number is None else str(number)
