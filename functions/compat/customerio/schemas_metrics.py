"""Define requests of Customer.io's Track API: messages."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StrictBool

from functions.compat.customerio.dates import check_seconds
from functions.compat.customerio.schemas_messages import MESSAGE_METRICS
from postrider.contacts.identifiers import MAX_VALUE_CHARS
from postrider.devices.service import MAX_TOKEN_BYTES
from postrider.tracking.tokens import MAX_TARGET_BYTES
from postrider.usecases.report_events import REPORTED

REPORTED_METRICS = {name: metric for metric, name in MESSAGE_METRICS.items() if metric in REPORTED}
ReportedMetric = StrEnum("ReportedMetric", {name.upper(): name for name in REPORTED_METRICS})  # type: ignore[misc]  # the names are those above
DeliveryId = Annotated[str, Field(description="Id of a message; nothing else identifies it.", max_length=4096)]
Seconds = Annotated[
    int | None,
    AfterValidator(check_seconds),
    Field(description="Unix seconds; by default the moment of the call."),
]


class MessageMetric(BaseModel):
    delivery_id: DeliveryId
    metric: ReportedMetric
    timestamp: Seconds = None
    recipient: Annotated[
        Annotated[str, Field(max_length=MAX_VALUE_CHARS)] | None, Field(description="Is not compared with the message.")
    ] = None
    reason: Annotated[
        Annotated[str, Field(max_length=1000)] | None,
        Field(description="Answer of the mail server. A bounce is permanent when it has a status like 5.1.1."),
    ] = None
    href: Annotated[
        Annotated[str, Field(max_length=MAX_TARGET_BYTES)] | None, Field(description="The link of a click.")
    ] = None


class PushMetric(StrEnum):
    OPENED = "opened"
    CONVERTED = "converted"
    DELIVERED = "delivered"


class PushEvent(BaseModel):
    delivery_id: DeliveryId
    event: PushMetric
    device_id: Annotated[
        Annotated[str, Field(max_length=MAX_TOKEN_BYTES)] | None,
        Field(description="Is not compared with the message."),
    ] = None
    timestamp: Seconds = None


class Unsubscribe(BaseModel):
    unsubscribe: Annotated[StrictBool | None, Field(description="false and null change nothing.")] = True
