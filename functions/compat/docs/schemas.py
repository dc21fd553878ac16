"""Define values that many answers of the Docs API have."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from postrider.contacts.address import parse
from postrider.http.fields import Sparse
from postrider.kit.errors import Invalid
from postrider.kit.moments import iso_offset
from postrider.kit.wire_ids import hex10


def not_blank(text: str) -> str:
    """Return the text. Raises ValueError for a blank one."""
    if not text.strip():
        raise ValueError("Please enter a value")
    return text


def checked_address(text: str) -> str:
    """Return the address as it was given. Raises ValueError for a text that is no address."""
    try:
        parse(text)
    except Invalid as exc:
        raise ValueError(exc.message) from exc
    return text


def _moment(value: Any) -> Any:
    return iso_offset(value) if isinstance(value, datetime | None) else value


def _hex_id(value: Any) -> Any:
    return hex10(value) if isinstance(value, int) else value


HexId = Annotated[str, BeforeValidator(_hex_id)]
"""An id as 10 hex digits."""
Moment = Annotated[str, BeforeValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
"""A moment such as 2026-01-31T15:41:36+00:00."""
MomentOrBlank = Annotated[str, BeforeValidator(_moment)]
"""A moment, or a blank text if there is none."""
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]


class Link(Sparse):
    """A link to a related resource, with the schemas of its answer and its body."""

    rel: str
    href: Url
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
    targetSchema: str | None = None  # noqa: N815  # the name on the wire
    schema_: Annotated[str | None, Field(alias="schema")] = None


class Linked(BaseModel):
    links: Annotated[list[Link], Field(alias="_links")]
