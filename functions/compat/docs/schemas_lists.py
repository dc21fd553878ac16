"""Define requests and responses of the Docs API: audiences."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, BaseModel, Field, StrictBool

from functions.compat.docs.schemas import HexId, Linked, Moment, checked_address, not_blank
from postrider.contacts.address import MAX_LENGTH
from postrider.http.fields import Sparse

MAX_LINE = 255
ListId = Annotated[str, Path(description="Id of the audience.")]
Line = Annotated[str, Field(max_length=MAX_LINE)]
Reminder = Annotated[str, Field(max_length=1000)]
Address = Annotated[str, Field(max_length=MAX_LENGTH)]
Email = Annotated[
    str, Field(max_length=MAX_LENGTH, json_schema_extra={"format": "email"}), AfterValidator(checked_address)
]
SortField = Annotated[Literal["date_created"] | None, Query(description="The only order.")]
SortDirection = Annotated[Literal["ASC", "DESC"] | None, Query(description="Direction of sort_field.")]
TotalContacts = Annotated[bool | None, Query(description="Whether stats have total_contacts.")]


class Contact(Sparse):
    """The postal identity of the audience."""

    company: Line
    address1: Line | None = None
    address2: Line | None = None
    city: Line | None = None
    state: Line | None = None
    zip: Line | None = None
    country: Line | None = None
    phone: Line | None = None


class CampaignDefaults(BaseModel):
    """Defaults of new campaigns of the audience."""

    from_name: Line
    from_email: Email
    subject: Line
    language: Line


class ListPatch(BaseModel):
    name: Annotated[Line, AfterValidator(not_blank)] | None = None
    contact: Contact | None = None
    permission_reminder: Reminder | None = None
    campaign_defaults: CampaignDefaults | None = None
    email_type_option: StrictBool | None = None
    use_archive_bar: StrictBool | None = None
    notify_on_subscribe: Address | None = None
    notify_on_unsubscribe: Address | None = None
    double_optin: StrictBool | None = None
    marketing_permissions: StrictBool | None = None


class ListWrite(ListPatch):
    name: Annotated[Line, AfterValidator(not_blank)]
    contact: Contact
    permission_reminder: Reminder
    campaign_defaults: CampaignDefaults
    email_type_option: StrictBool


class ListStats(Sparse):
    """Counters of an audience; those that the platform does not count are left out."""

    member_count: int | None = None
    total_contacts: int | None = None
    unsubscribe_count: int | None = None
    cleaned_count: int | None = None
    member_count_since_send: int | None = None
    unsubscribe_count_since_send: int | None = None
    cleaned_count_since_send: int | None = None
    campaign_count: int | None = None
    campaign_last_sent: str | None = None
    merge_field_count: int | None = None
    avg_sub_rate: float | None = None
    avg_unsub_rate: float | None = None
    target_sub_rate: float | None = None
    open_rate: float | None = None
    click_rate: float | None = None
    last_sub_date: str | None = None
    last_unsub_date: str | None = None


class List(Linked, Sparse):
    """An audience."""

    id: HexId
    web_id: int
    name: str
    contact: Contact | None = None
    permission_reminder: str | None = None
    use_archive_bar: bool | None = None
    campaign_defaults: CampaignDefaults | None = None
    notify_on_subscribe: str | None = None
    notify_on_unsubscribe: str | None = None
    date_created: Moment | None = None
    list_rating: int | None = None
    email_type_option: bool | None = None
    subscribe_url_short: str | None = None
    subscribe_url_long: str | None = None
    beamer_address: str | None = None
    visibility: Literal["pub", "prv"] | None = None
    double_optin: bool | None = None
    has_welcome: bool | None = None
    marketing_permissions: bool | None = None
    modules: list[str] | None = None
    stats: ListStats | None = None


class Constraints(BaseModel):
    may_create: bool
    max_instances: int
    current_total_instances: int


class Lists(Linked):
    lists: list[List]
    total_items: int
    constraints: Constraints


class ActivityDay(BaseModel):
    day: str
    emails_sent: int
    unique_opens: int
    recipient_clicks: int
    hard_bounce: int
    soft_bounce: int
    subs: int
    unsubs: int
    other_adds: int
    other_removes: int


class ListActivity(Linked):
    activity: list[ActivityDay]
    list_id: HexId
    total_items: int


def settings_of(body: ListPatch) -> dict[str, Any]:
    """Return the values of a body that the domain only stores."""
    return body.model_dump(exclude={"name"}, exclude_none=True)
