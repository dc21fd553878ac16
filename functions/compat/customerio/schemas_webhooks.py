"""Define requests and answers of Customer.io's App API: reporting webhooks."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from functions.compat.customerio.schemas_broadcasts import MAX_URL

_METRICS = {
    "customer": "subscribed unsubscribed subscription_preferences_changed",
    "email": "drafted attempted sent delivered opened clicked converted bounced dropped deferred spammed failed"
    " unsubscribed undeliverable",
    "in_app": "drafted attempted sent opened clicked converted failed undeliverable",
    "push": "drafted attempted sent delivered opened clicked converted bounced dropped failed undeliverable",
    "slack": "drafted attempted sent clicked converted failed",
    "sms": "drafted attempted sent delivered clicked converted bounced dropped failed undeliverable replied",
    "whatsapp": "drafted attempted sent delivered opened clicked converted bounced dropped failed undeliverable replied",
    "webhook": "drafted attempted sent clicked converted failed undeliverable",
}
_NAMES = [f"{noun}_{metric}" for noun, metrics in _METRICS.items() for metric in metrics.split()]
ReportingEvent = StrEnum("ReportingEvent", {name.upper(): name for name in _NAMES})  # type: ignore[misc]  # a list this long is data

Name = Annotated[str, Field(max_length=190)]
Events = Annotated[
    list[ReportingEvent],
    Field(min_length=1, description="Events that the platform never raises are accepted, and never occur."),
]
Endpoint = Annotated[str, Field(max_length=MAX_URL, json_schema_extra={"format": "uri"})]
WithContent = Annotated[StrictBool, Field(description="Add the content to the events `email_sent`.")]
FullResolution = Annotated[
    StrictBool, Field(description="Report every open and click of a message, not the first ones only.")
]


REQUIRED = ("name", "events", "endpoint")
"""Required members of a new webhook. They are optional in a change, where the API's own client omits them (section 16)."""


def _nothing() -> Any:
    return None


class ReportingWebhookInput(BaseModel):
    model_config = ConfigDict(json_schema_extra={"required": list(REQUIRED)})

    id: Annotated[int | None, Field(description="Is ignored.", json_schema_extra={"readOnly": True})] = None
    name: Name = Field(default_factory=_nothing)
    events: Events = Field(default_factory=_nothing)
    endpoint: Endpoint = Field(default_factory=_nothing)
    disabled: StrictBool | None = False
    with_content: WithContent | None = False
    full_resolution: FullResolution | None = False


class ReportingWebhook(BaseModel):
    id: int
    name: Name
    events: Events
    endpoint: Endpoint
    disabled: Annotated[bool, Field(description="No events are taken; also after a week without an accepted call.")]
    with_content: bool
    full_resolution: bool
    type: Literal["webhook", "js"]


class ReportingWebhooksResponse(BaseModel):
    reporting_webhooks: list[ReportingWebhook]
