"""Define requests and answers of Customer.io's App API: messages to one person."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.schemas_messages import Header
from functions.compat.customerio.unions import chosen_by_member, expected
from postrider.content.limits import MAX_HTML_BYTES, MAX_SUBJECT_CHARS, MAX_TEXT_BYTES
from postrider.devices.service import MAX_TOKEN_BYTES

MAX_MAILBOXES_CHARS = 8_000
MAX_ID_CHARS = 150
MAX_PUSH_CHARS = 4_096
_NUMBER_OR_TEXT = expected("a whole number or a text")


def _limited(most: int, description: str = "") -> Any:
    return Field(description=description or None, json_schema_extra={"maxLength": most})


class ById(BaseModel):
    model_config = ConfigDict(extra="forbid", title="id")
    id: Annotated[Annotated[StrictStr, _limited(MAX_ID_CHARS)] | StrictInt, _NUMBER_OR_TEXT]


class ByEmail(BaseModel):
    model_config = ConfigDict(extra="forbid", title="email")
    email: Annotated[str, Field(json_schema_extra={"format": "email", "maxLength": 320})]


class ByCioId(BaseModel):
    model_config = ConfigDict(extra="forbid", title="cio_id")
    cio_id: Annotated[Annotated[StrictStr, _limited(40)] | StrictInt, _NUMBER_OR_TEXT]


PersonIdentifier = Annotated[
    ById | ByEmail | ByCioId,
    chosen_by_member({"id": ById, "email": ByEmail, "cio_id": ByCioId}),
    Field(description="Exactly one way to name a person."),
]
TransactionalMessageId = Annotated[
    StrictInt | Annotated[StrictStr, _limited(MAX_ID_CHARS)],
    _NUMBER_OR_TEXT,
    Field(description="The number of a template, or its trigger name in any case of letters."),
]


Values = dict[str, Annotated[str, _limited(998)]]
Files = dict[str, Annotated[str, Field(json_schema_extra={"contentEncoding": "base64", "maxLength": 3_000_000})]]


class Send(BaseModel):
    """The common members of requests for all kinds of messages."""

    identifiers: PersonIdentifier
    message_data: Annotated[
        dict[str, Any] | None, Field(description="Values of `{{trigger.<name>}}` and `{{message_data.<name>}}`.")
    ] = None
    send_at: Annotated[
        StrictInt | None, Field(description="Unix seconds, at most 90 days ahead; the past means now.")
    ] = None
    queue_draft: Annotated[StrictBool | None, Field(description="Keep as draft, do not send.")] = False
    disable_message_retention: Annotated[StrictBool | None, Field(description="Do not keep the body.")] = False
    send_to_unsubscribed: Annotated[
        StrictBool | None,
        Field(description="false: drop for people who unsubscribed. Nobody who complained gets a message at all."),
    ] = True
    auto_create: Annotated[StrictBool | None, Field(description="Is ignored: name a template that exists.")] = False
    language: Annotated[
        Annotated[str, Field(max_length=20)] | None, Field(description="Is ignored: a template has one language.")
    ] = None


class SendEmailRequest(Send):
    """A template, own content, or a template with own parts."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["transactional_message_id"], "title": "with template"},
                {"required": ["body", "subject", "from"], "title": "without template"},
            ]
        }
    )
    transactional_message_id: TransactionalMessageId | None = None
    to: Annotated[
        str,
        Field(
            description="Comma-separated addresses; to+cc+bcc at most 15.",
            json_schema_extra={"maxLength": MAX_MAILBOXES_CHARS, "example": "ada@example.com"},
        ),
    ]
    from_: Annotated[
        Annotated[str, _limited(400)] | None,
        Field(alias="from", description="Confirmed sender, or any address of a verified domain; display name allowed."),
    ] = None
    subject: Annotated[str, _limited(MAX_SUBJECT_CHARS)] | None = None
    body: Annotated[str, _limited(MAX_HTML_BYTES, "HTML; overrides the template.")] | None = None
    body_plain: Annotated[str, _limited(MAX_TEXT_BYTES, "Plain text; overrides the generated one.")] | None = None
    plaintext_body: Annotated[
        Annotated[str, _limited(MAX_TEXT_BYTES)] | None,
        Field(description="Old name of body_plain.", json_schema_extra={"deprecated": True}),
    ] = None
    body_amp: Annotated[str, _limited(MAX_HTML_BYTES, "Is refused: AMP is not supported.")] | None = None
    preheader: Annotated[str, _limited(MAX_SUBJECT_CHARS)] | None = None
    reply_to: Annotated[str, _limited(400)] | None = None
    cc: Annotated[str, _limited(MAX_MAILBOXES_CHARS)] | None = None
    bcc: Annotated[str, _limited(MAX_MAILBOXES_CHARS, "Comma-separated.")] | None = None
    fake_bcc: Annotated[StrictBool | None, Field(description="Is ignored: a bcc is always a true one.")] = None
    attachments: Annotated[
        Files | list[Files] | None,
        expected("a map of names of files to base64 texts, or a list of such maps"),
        Field(description="File name to base64 content, under 2 MB together."),
    ] = None
    headers: Annotated[
        Values | list[Header | Values] | Annotated[str, _limited(20_000)] | None,
        expected("a map of names to values, a list of them, or a text"),
        Field(
            description="Map name to value, list of name/value pairs, or either as JSON text. Reserved names are refused."
        ),
    ] = None
    tracked: Annotated[StrictBool | None, Field(description="Track opens and clicks.")] = True
    disable_css_preprocessing: Annotated[StrictBool | None, Field(description="Do not inline CSS.")] = False


class DeviceAttributes(BaseModel):
    model_config = ConfigDict(extra="allow")
    device_os: Annotated[str, _limited(200)] | None = None
    device_model: Annotated[str, _limited(200)] | None = None
    app_version: Annotated[str, _limited(200)] | None = None
    cio_sdk_version: Annotated[str, _limited(200)] | None = None
    last_status: Annotated[
        Literal["", "bounced", "sent", "suppressed"] | None,
        Field(alias="_last_status", json_schema_extra={"readOnly": True}),
    ] = None
    device_locale: Annotated[str, _limited(200)] | None = None
    push_enabled: Literal["true", "false"] | None = None


class CustomDevice(BaseModel):
    """A device that is added to the person, or updated, when the message is sent."""

    token: Annotated[str, _limited(MAX_TOKEN_BYTES)]
    platform: Literal["ios", "android"]
    last_used: Annotated[
        StrictInt | None, Field(description="Last seen.", json_schema_extra={"format": "unix-timestamp"})
    ] = None
    attributes: DeviceAttributes | None = None


class AndroidNotification(BaseModel):
    model_config = ConfigDict(extra="allow")
    notification: dict[str, Any] | None = None


class AndroidMessage(BaseModel):
    model_config = ConfigDict(extra="allow")
    notification: dict[str, Any] | None = None
    data: dict[str, Annotated[str, _limited(MAX_PUSH_CHARS)]] | None = None
    android: AndroidNotification | None = None


class AndroidPayload(BaseModel):
    model_config = ConfigDict(extra="allow")
    message: AndroidMessage


class CustomPushPayload(BaseModel):
    """Replace every other content member."""

    model_config = ConfigDict(extra="allow")
    ios: Annotated[
        dict[str, Any] | None,
        Field(description="APNs payload ({CIO, aps}) or FCM payload ({message:{apns:{headers,payload}}})."),
    ] = None
    android: AndroidPayload | None = None


class SendPushRequest(Send):
    transactional_message_id: TransactionalMessageId
    to: Annotated[
        Annotated[str, Field(max_length=MAX_TOKEN_BYTES)] | None,
        Field(description="`all`, `last_used`, or one device token of the person."),
    ] = "all"
    title: Annotated[str, _limited(MAX_PUSH_CHARS)] | None = None
    message: Annotated[str, _limited(MAX_PUSH_CHARS)] | None = None
    image_url: Annotated[str, _limited(2000)] | None = None
    link: Annotated[str, _limited(2000)] | None = None
    sound: Annotated[Literal["default", "none"] | None, Field(description="iOS.")] = "default"
    custom_data: Annotated[dict[str, Any] | None, Field(description="String values for Firebase.")] = None
    custom_device: CustomDevice | None = None
    custom_payload: CustomPushPayload | None = None


class SendResponse(BaseModel):
    delivery_id: str
    queued_at: Annotated[UnixTime, Field(description="When the request was accepted.")]
    send_at: Annotated[UnixTime, Field(description="When the message is sent; now, if it is not sent later.")]
