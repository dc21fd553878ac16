"""Define the filters of people of Customer.io's App API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from functions.compat.customerio.unions import chosen_by_member, expected
from postrider.filters import MAX_TERMS

MAX_FIELD_CHARS = 1000
SCALAR = expected(f"a text of at most {MAX_FIELD_CHARS} characters, a number or a boolean")
Text = Annotated[str, Field(max_length=MAX_FIELD_CHARS)]


class SegmentNamed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[int, Field(description="Segment id. An unknown one has no members.")]


class SegmentCondition(BaseModel):
    """People in a segment."""

    model_config = ConfigDict(extra="forbid", title="segment")
    segment: SegmentNamed


class AttributeCompared(BaseModel):
    model_config = ConfigDict(extra="forbid")
    field: Annotated[str, Field(description="Attribute name.", json_schema_extra={"maxLength": MAX_FIELD_CHARS})]
    operator: Annotated[
        Literal["exists", "eq"],
        Field(description="`exists`: the attribute is set. `eq`: it equals `value`, compared as text."),
    ]
    value: Annotated[Text | int | float | bool | None, SCALAR, Field(description="Needed for `eq`.")] = None


class AttributeCondition(BaseModel):
    """People with an attribute."""

    model_config = ConfigDict(extra="forbid", title="attribute")
    attribute: AttributeCompared


class AndFilter(BaseModel):
    """All conditions are true."""

    model_config = ConfigDict(extra="forbid", title="and")
    parts: Annotated[list[AudienceFilter], Field(alias="and", min_length=1, max_length=MAX_TERMS)]


class OrFilter(BaseModel):
    """At least one condition is true."""

    model_config = ConfigDict(extra="forbid", title="or")
    parts: Annotated[list[AudienceFilter], Field(alias="or", min_length=1, max_length=MAX_TERMS)]


class NotFilter(BaseModel):
    """The single condition or group is false."""

    model_config = ConfigDict(extra="forbid", title="not")
    part: Annotated[AudienceFilter, Field(alias="not")]


_BY_KEY = chosen_by_member(
    {
        "attribute": AttributeCondition,
        "segment": SegmentCondition,
        "and": AndFilter,
        "or": OrFilter,
        "not": NotFilter,
    }
)


class AudienceFilter(
    RootModel[Annotated[AttributeCondition | SegmentCondition | AndFilter | OrFilter | NotFilter, _BY_KEY]]
):
    """A condition on people, or a group of conditions; every node has exactly one key."""
