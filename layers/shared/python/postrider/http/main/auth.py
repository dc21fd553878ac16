"""Authorize callers of the main API: the rights of their token, and the account of the call."""

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field, TypeAdapter, ValidationError

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.http.audit import note_account
from postrider.http.main.dialect import MAIN

_ACCOUNT_ID: TypeAdapter[int | None] = TypeAdapter(Annotated[int, Field(lt=2**63)] | None)
ActAs = Annotated[int | None, Query(description="Act on this sub-account instead of the caller's own account.")]


def needs(right: str, *, own_account_only: bool = False) -> Callable[..., Caller]:
    """Return a dependency that returns the caller if it has `right` and may act on the requested account.

    Raises Unauthenticated, RateLimited for too many calls of the account, Forbidden, OutOfReach.

    The query parameter `account_id` selects a sub-account; a route with `own_account_only` ignores this parameter and
    always uses the account of the token.
    """
    own_caller = MAIN.needs(right)
    if own_account_only:
        return own_caller

    def acting_caller(request: Request, account_id: ActAs = None) -> Caller:
        caller = own_caller(request)
        if caller:
            caller = bootstrap.accounts().act_as(caller, _requested_account(request))
            note_account(caller)
        return caller

    acting_caller.right = right  # type: ignore[attr-defined]  # read by the test that every route names its right
    return acting_caller


anyone_known = needs("self:read", own_account_only=True)


def _requested_account(request: Request) -> str | None:
    value: Any = (request.query_parameters or {}).get("account_id")
    if value in (None, ""):
        return None
    try:
        account_id = _ACCOUNT_ID.validate_python(value)
    except ValidationError as exc:
        raise RequestValidationError(
            [{**error, "loc": ("query", "account_id")} for error in exc.errors(include_url=False)]
        ) from exc
    return None if account_id is None else str(account_id)
