"""Define responses of Customer.io's App API: messages."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.translate_identifiers import CustomerIdentifiers
from postrider.messages.columns import METRIC_COLUMNS
from postrider.messages.model import Metric

MESSAGE_METRICS: dict[Metric, str] = {Metric.CREATED: "created", **METRIC_COLUMNS}
"""The names of metrics in this API."""
_NOT_ASKED_FOR = ("drafted", "deferred")
METRICS = {name: metric for metric, name in MESSAGE_METRICS.items() if name not in _NOT_ASKED_FOR}
MetricName = StrEnum("MetricName", {name.upper(): name for name in METRICS})  # type: ignore[misc]  # the names are those above
_LISTED_TYPES = (
    "email",
    "webhook",
    "twilio",
    "whatsapp",
    "slack",
    "push",
    "in_app",
    "live_notification",
    "urban_airship",
)
MessageType = StrEnum("MessageType", {name.upper(): name for name in (*_LISTED_TYPES, "inbox")})  # type: ignore[misc]  # the names are those above
AskedType = StrEnum("AskedType", {name.upper(): name for name in _LISTED_TYPES})  # type: ignore[misc]  # as above
_MOMENT = {"type": "integer", "format": "unix-timestamp"}
_NEVER_REACHED: dict[str, Any] = {
    "suppressed": _MOMENT,
    "replied": _MOMENT,
    "human_opened": {"type": "integer"},
    "prefetch_opened": {"type": "integer"},
    "human_clicked": {"type": "integer"},
    "prefetch_clicked": {"type": "integer"},
    "machine_clicked": {"type": "integer"},
}
Metrics = Annotated[
    dict[str, int],
    Field(
        description="The first moment of each metric that the message has reached, as Unix seconds.",
        json_schema_extra={"properties": dict.fromkeys(MESSAGE_METRICS.values(), _MOMENT) | _NEVER_REACHED},
    ),
]


class Message(BaseModel):
    id: str
    deduplicate_id: Annotated[str, Field(description="The id and the moment of the last metric.")]
    msg_template_id: int | None
    message_template_id: Annotated[int | None, Field(description="The former name of msg_template_id.")]
    customer_id: Annotated[str | None, Field(description="The person's id; null when it has none.")]
    customer_identifiers: CustomerIdentifiers
    recipient: Annotated[str | None, Field(description="The address; null when it is no longer known.")]
    subject: str | None
    metrics: Metrics
    created: UnixTime
    failure_message: Annotated[str | None, Field(description="Why the message was not sent, or how it bounced.")]
    type: MessageType
    campaign_id: Annotated[int | None, Field(description="The workflow whose action sent the message.")]
    action_id: int | None
    parent_action_id: int | None
    newsletter_id: int | None
    content_id: int | None
    broadcast_id: int | None
    transactional_message_id: Annotated[
        int | None, Field(description="The number of the template; 1 without a template.")
    ]
    trigger_event_id: str | None
    forgotten: Annotated[bool, Field(description="The person is no longer known.")]
    tracked_responses: Annotated[dict[str, Any], Field(description="Always empty.")]


class MessageResponse(BaseModel):
    message: Message


class MessagesPage(BaseModel):
    messages: list[Message]
    next: Annotated[str, Field(description="Cursor of the next page; blank on the last one.")]


class Header(BaseModel):
    """A header of a mail. The domain has a shorter limit for headers of saved contents."""

    name: Annotated[str, Field(json_schema_extra={"maxLength": 200})]
    value: Annotated[str, Field(json_schema_extra={"maxLength": 1000})]


def _describe_calls(schema: dict[str, Any]) -> None:
    """Add the members of webhook messages, which do not exist here."""
    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    schema["properties"] |= {"url": {"type": "string"}, "request_method": {"type": "string", "enum": methods}}


class ArchivedMessage(BaseModel):
    """The content of a message; missing texts are blank. Without any content, `forgotten` is true."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra=_describe_calls)

    id: str
    recipient: str
    subject: str = ""
    sender: Annotated[str, Field(alias="from")] = ""
    reply_to: str = ""
    cc: str = ""
    bcc: str = ""
    body: str = ""
    headers: Annotated[list[Header] | str, Field(description="A list.")] = []
    fake_bcc: bool = False
    preheader_text: str = ""
    metrics: Metrics
    forgotten: bool


class ArchivedMessageResponse(BaseModel):
    archived_message: ArchivedMessage
