"""Register routes of the Docs API, and define parameters that many of them have."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_type_hints

from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import BaseModel, WithJsonSchema

from functions.compat.docs.answers import MODELS
from functions.compat.docs.auth import DOCS
from postrider.http import Depends, Operations, Request
from postrider.http.query import words
from postrider.kit.errors import Invalid

Handler = TypeVar("Handler", bound=Callable[..., Any])
MAX_COUNT = 1000
_PATHS = {"type": "array", "items": {"type": "string"}}


class DocsOperations(Operations):
    """Routes whose answers say which schema describes them."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag, DOCS)

    def add(self, method: str | list[str], path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        register = super().add(method, path, summary, **options)

        def registered(handler: Handler) -> Handler:
            model = get_type_hints(handler).get("return")
            if isinstance(model, type) and issubclass(model, BaseModel):
                MODELS[f"{method} {path}"] = model.__name__
            return register(handler)

        return registered


def check_partial(
    request: Request,
    fields: Annotated[
        Annotated[str, WithJsonSchema(_PATHS)] | None,
        Query(description="Members of the answer to keep, as dotted paths: lists.id,total_items."),
    ] = None,
    exclude_fields: Annotated[
        Annotated[str, WithJsonSchema(_PATHS)] | None,
        Query(description="Members of the answer to leave out; not together with fields."),
    ] = None,
) -> None:
    """Check the members that the caller asks for; `answers.partial` applies them. Raises Invalid for both parameters.

    The parameters are for the document: the framework gives a dependency only the request.
    """
    query = request.query_parameters or {}
    if all(words(query.get(name)) for name in ("fields", "exclude_fields")):
        reason = "Send either fields or exclude_fields, not both."
        raise Invalid(reason, code="requested_fields_invalid", field="exclude_fields")


Partial = Annotated[None, Depends(check_partial)]
"""The parameter of a handler whose answer may be reduced to some members."""
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="ETag of an earlier answer; 304 if it is unchanged.")
]
Count = Annotated[int, Query(ge=0, json_schema_extra={"maximum": MAX_COUNT}, description="Page size.")]
Offset = Annotated[int, Query(ge=0, description="Items to skip.")]


def page_of(items: list[Any], count: int, offset: int) -> list[Any]:
    """Return a page of a bounded collection; sizes above the maximum mean the maximum."""
    return items[offset : offset + min(count, MAX_COUNT)]
