"""Define requests of Customer.io's App API: exports of messages, each with one parent."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StrictBool

from functions.compat.customerio.dates import check_seconds
from functions.compat.customerio.schemas_exports import AttributeNames
from functions.compat.customerio.schemas_messages import MetricName
from functions.compat.customerio.unions import chosen_by_member

Seconds = Annotated[int | None, AfterValidator(check_seconds), Field(json_schema_extra={"format": "unix-timestamp"})]
Attributes = Annotated[
    AttributeNames | None,
    Field(description="Attributes of people, each in a column."),
]


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: Seconds = None
    end: Seconds = None
    attributes: Attributes = None
    metric: Annotated[MetricName | None, Field(description="Only messages that have reached this metric.")] = None
    drafts: Annotated[StrictBool | None, Field(description="Add drafts.")] = False
    template_id: Annotated[int | None, Field(description="Only messages with this content.")] = None


class NewsletterMessages(_Order):
    model_config = ConfigDict(title="newsletter")

    newsletter_id: int


class CampaignMessages(_Order):
    """The messages of a workflow, or of all sendings of a broadcast."""

    model_config = ConfigDict(title="campaign")

    campaign_id: int


class TransactionalMessages(_Order):
    model_config = ConfigDict(title="transactional")

    transactional_message_id: Annotated[
        int, Field(description="The number of a template; 1: mails without a template.")
    ]


class ActionMessages(_Order):
    model_config = ConfigDict(title="action")

    action_id: int


_BY_SOURCE = chosen_by_member(
    {
        "newsletter_id": NewsletterMessages,
        "campaign_id": CampaignMessages,
        "transactional_message_id": TransactionalMessages,
        "action_id": ActionMessages,
    }
)


class DeliveriesExportRequest(
    RootModel[Annotated[TransactionalMessages | NewsletterMessages | CampaignMessages | ActionMessages, _BY_SOURCE]]
):
    """An order of one of four kinds."""
