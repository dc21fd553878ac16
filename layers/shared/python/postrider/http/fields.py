"""Define types of fields for values of the domain in dialects."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from postrider.kit.moments import iso_z
from postrider.kit.wire_ids import hex32


def _hex_id(value: Any) -> Any:
    return hex32(value) if isinstance(value, int) else value


def _moment(value: Any) -> Any:
    return iso_z(value) if isinstance(value, datetime) else value


HexId = Annotated[str, BeforeValidator(_hex_id)]
"""An id as 32 hex digits."""
IsoMoment = Annotated[str, BeforeValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
"""A moment such as 2024-11-18T18:08:20Z."""


class AsSent(BaseModel):
    """A body that an answer repeats unchanged, with unknown members and without defaults."""

    model_config = ConfigDict(extra="allow")

    @model_serializer(mode="wrap")
    def as_sent(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # the schema is the model's
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}


class Sparse(BaseModel):
    """An answer without members that are null."""

    @model_serializer(mode="wrap")
    def without_nulls(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # the schema is the model's
        return {name: value for name, value in handler(self).items() if value is not None}
