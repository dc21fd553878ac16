"""Define what Customer.io's App API sends and receives: broadcasts and their triggers."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    Discriminator,
    Field,
    RootModel,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    WithJsonSchema,
)

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.unions import expected
from postrider.campaigns.children.model import MAX_NAMED
from postrider.contacts.identifiers import MAX_EXTERNAL_ID

MAX_URL = 2083
SHAPES = ("recipients", "emails", "ids", "per_user_data", "data_file_url")
Data = Annotated[dict[str, Any] | None, Field(description="Values for {{trigger.<name>}}.")]
PersonId = Annotated[
    Annotated[StrictStr, Field(max_length=MAX_EXTERNAL_ID)] | StrictInt,
    expected(f"a text of at most {MAX_EXTERNAL_ID} characters or a whole number"),
]
Email = Annotated[str, WithJsonSchema({"type": "string", "format": "email", "maxLength": 320})]
"""Addresses, which are not checked here: the errors of the trigger report invalid ones."""


class TriggerDefaultAudience(BaseModel):
    """No audience: the one set up with the broadcast."""

    data: Data = None
    email_add_duplicates: Annotated[
        StrictBool | None, Field(description="Accepted and never needed: an address belongs to one person.")
    ] = False
    email_ignore_missing: Annotated[
        StrictBool | None, Field(description="Skip unknown addresses instead of failing.")
    ] = False
    id_ignore_missing: Annotated[StrictBool | None, Field(description="Skip unknown ids instead of failing.")] = False


class TriggerRecipients(TriggerDefaultAudience):
    """Audience by filter (segments and attributes)."""

    recipients: dict[str, Any]


class TriggerEmails(TriggerDefaultAudience):
    """Audience by address; people must exist."""

    emails: Annotated[list[Email], Field(min_length=1, max_length=MAX_NAMED)]


class TriggerIds(TriggerDefaultAudience):
    """Audience by id; people must exist."""

    ids: Annotated[list[PersonId], Field(min_length=1, max_length=MAX_NAMED)]


class TriggerPerUserData(TriggerDefaultAudience):
    """User map: a person, by `id` or `email`, and own data each."""

    per_user_data: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_NAMED)]


class TriggerDataFile(TriggerDefaultAudience):
    """JSON lines file, a per_user_data entry a line; gzip allowed."""

    data_file_url: Annotated[str, Field(min_length=1, max_length=MAX_URL, json_schema_extra={"format": "uri"})]


def _shape(value: Any) -> str | None:
    """Return the shape of a body, None for several shapes."""
    if isinstance(value, TriggerDefaultAudience):
        return next((name for name in SHAPES if hasattr(value, name)), "default")
    if not isinstance(value, Mapping):
        return "default"
    names = [name for name in SHAPES if value.get(name) is not None]
    return None if len(names) > 1 else next(iter(names), "default")


class TriggerBroadcastRequest(
    RootModel[
        Annotated[
            Annotated[TriggerDefaultAudience, Tag("default")]
            | Annotated[TriggerRecipients, Tag("recipients")]
            | Annotated[TriggerEmails, Tag("emails")]
            | Annotated[TriggerIds, Tag("ids")]
            | Annotated[TriggerPerUserData, Tag("per_user_data")]
            | Annotated[TriggerDataFile, Tag("data_file_url")],
            Discriminator(
                _shape,
                custom_error_type="several_audiences",
                custom_error_message="send at most one of recipients, emails, ids, per_user_data and data_file_url",
            ),
        ]
    ]
):
    """One of five audience shapes, or none."""


class TriggerResponse(BaseModel):
    id: Annotated[int, Field(description="trigger_id, counted per broadcast.")]


class BroadcastTrigger(BaseModel):
    id: int
    broadcast_id: int
    created_at: UnixTime
    processed_at: Annotated[
        UnixTime | None, Field(description="When its people were known, or were refused; null until then.")
    ]


class BroadcastTriggers(BaseModel):
    triggers: list[BroadcastTrigger]
    next: str


class TriggerErrors(BaseModel):
    errors: list[str]
    next: str


class Broadcast(BaseModel):
    id: int
    deduplicate_id: str
    name: str
    type: Literal["triggered_broadcast"]
    created: UnixTime
    updated: UnixTime
    active: Annotated[bool, Field(description="Whether it can be triggered.")]
    state: Literal["draft", "running", "archived"]


class BroadcastsResponse(BaseModel):
    broadcasts: list[Broadcast]


class BroadcastResponse(BaseModel):
    broadcast: Broadcast
