"""Define requests and responses: webhooks."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.main.wire import Pagination, PaginationWithCursor, Unix, Url
from postrider.kit.actors import Origin
from postrider.webhooks.formats.main import EVENT_NAMES
from postrider.webhooks.model import DeliveryStatus, DisabledReason, RatePeriod, WebhookStatus

WebhookEvent = StrEnum("WebhookEvent", {name.replace(".", "_").upper(): name for name in EVENT_NAMES.values()})  # type: ignore[misc]  # a list this long is data
RateLimitPeriod = StrEnum("RateLimitPeriod", {period.name: period.value for period in RatePeriod})  # type: ignore[misc]  # the values are those of the domain

Events = Annotated[
    list[WebhookEvent],
    Field(min_length=1, max_length=len(EVENT_NAMES), description="All events of the webhook; `event` is one of them."),
]
Rate = Annotated[int, Field(description="Maximum number of callbacks per rate_limit_period.")]
ListOnly = Annotated[
    int | None, Field(ge=1, description="Only events of this list; null: events of the whole account.")
]
Sources = Annotated[
    list[Origin],
    Field(
        max_length=len(Origin),
        description="Only events with these origins: a person (contact), a user of the console, a program. Empty: all.",
    ),
]
Ordered = Annotated[
    StrictBool, Field(description="Keep the order of events: while a callback is retried, no newer one is sent.")
]


class CreateWebhook(BaseModel):
    event: WebhookEvent
    url: Url
    rate_limit: Rate | None = 80
    rate_limit_period: RateLimitPeriod | None = RateLimitPeriod("second")
    events: Events | None = None
    list_id: ListOnly = None
    sources: Sources | None = None
    ordered: Ordered | None = None


class PatchWebhook(BaseModel):
    url: Url | None = None
    rate_limit: Rate | None = None
    rate_limit_period: RateLimitPeriod | None = None
    events: Events | None = None
    list_id: ListOnly = None
    sources: Sources | None = None
    ordered: Ordered | None = None


class WebhookData(BaseModel):
    id: str | None
    status: WebhookStatus | None
    event: WebhookEvent | None
    url: Annotated[str | None, Field(min_length=1, max_length=2083, json_schema_extra={"format": "uri"})]
    archived_at: Annotated[int | None, Field(description="Unix seconds, null while active.")]
    rate_limit: int | None
    rate_limit_period: RateLimitPeriod | None
    events: list[WebhookEvent]
    list_id: int | None
    sources: list[Origin]
    ordered: bool
    disabled_reason: Annotated[
        DisabledReason | None,
        Field(
            description="Why the platform archived the webhook: it answered 410, or accepted no callback for three days."
        ),
    ]
    format: Annotated[
        Literal["main", "list", "reporting"],
        Field(description="Where it is managed: here, as the webhook of a list, or over Customer.io's API."),
    ]


class SignatureInfo(BaseModel):
    key: Annotated[
        str,
        Field(
            description="Key of x-signature as text. As base64, with whsec_ in front, it is the secret of Standard Webhooks."
        ),
    ]
    hash_function: Literal["sha256"]
    former_key: Annotated[
        str | None, Field(description="The former key, which signs x-signature-former for a day after a renewal.")
    ]


class WebhookResponse(BaseModel):
    id: str
    signature: SignatureInfo
    data: WebhookData


class ListWebhooksResponse(BaseModel):
    pagination: Pagination
    data: list[WebhookData]


class CreateWebhookResponse(BaseModel):
    id: str
    data: WebhookData


class PatchWebhookResponse(BaseModel):
    id: str
    data: WebhookData
    object: Literal["Webhook"]
    patched: bool


class ArchiveWebhookResponse(BaseModel):
    id: str
    data: WebhookData
    object: Literal["Webhook"]
    archived: bool


class UnArchiveWebhookResponse(BaseModel):
    id: str
    data: WebhookData
    object: Literal["Webhook"]
    archived: bool


class RenewWebhookSecretResponse(BaseModel):
    id: str
    object: Literal["Webhook"]
    renewed: bool


class SendTestWebhookResponse(BaseModel):
    id: str
    object: Literal["Webhook"]
    enqueued: bool
    delivery_id: Annotated[str, Field(description="The id of the delivery of the callback.")]


class WebhookDelivery(BaseModel):
    """The last attempt of a callback. The log keeps it for 30 days."""

    id: str
    event: Annotated[str, Field(description="Its name in the format of the webhook.")]
    event_id: Annotated[str, Field(description="The header webhook-id: the same for each attempt and replay.")]
    created_on: Annotated[Unix, Field(description="Unix seconds of the event.")]
    status: DeliveryStatus
    attempts: int
    attempted_on: Unix
    http_status: Annotated[int | None, Field(description="The HTTP status of the last answer; null without an answer.")]
    error: str | None
    took_ms: int | None
    next_attempt_on: Annotated[Unix | None, Field(description="Unix seconds; null when there is no further attempt.")]


class WebhookDeliveriesResponse(BaseModel):
    pagination: PaginationWithCursor
    data: list[WebhookDelivery]


class ReplayWebhookDeliveryResponse(BaseModel):
    id: str
    object: Literal["Webhook"]
    enqueued: bool
    delivery_id: str


class ReplayWebhook(BaseModel):
    start_time: Annotated[int, Field(ge=1, le=2_147_483_647, description="First moment of events, Unix seconds.")]
    end_time: Annotated[int, Field(ge=1, le=2_147_483_647, description="Last moment of events, Unix seconds.")]
    status: Annotated[DeliveryStatus | None, Field(description="Only deliveries in this state.")] = None


class ReplayWebhookResponse(BaseModel):
    id: str
    object: Literal["Webhook"]
    enqueued: bool
    count: Annotated[
        int,
        Field(description="The number of deliveries in this period. Callbacks that are being retried do not change."),
    ]
