"""Define requests and responses: sends of triggered campaigns."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from functions.api.campaigns.schemas_campaigns import CampaignFullResponse, CampaignSummaryResponse
from postrider.campaigns.children.model import MAX_NAMED
from postrider.http.main.contents import Warning
from postrider.http.main.wire import MAX_UNIX


class SendAgain(BaseModel):
    """At most one of `segment_id`, `query` and `contact_ids`; without them the audience of the campaign."""

    segment_id: Annotated[int | None, Field(ge=1, description="A segment of the campaign's list.")] = None
    query: Annotated[
        str | None, Field(min_length=1, max_length=10_000, description="A filter of the contacts of the list.")
    ] = None
    contact_ids: Annotated[
        list[Annotated[int, Field(ge=1)]] | None,
        Field(min_length=1, max_length=MAX_NAMED, description="Contacts of the list. All of them must exist."),
    ] = None
    data: Annotated[
        dict[str, Any] | None, Field(description="Values for the mails, such as `{{ trigger.name }}`, up to 100 KB.")
    ] = None
    date: Annotated[
        int | None, Field(ge=1, le=MAX_UNIX, description="Send time in Unix seconds; omit to send now.")
    ] = None


class CampaignSendsResponse(BaseModel):
    before: Annotated[int | None, Field(description="The `before` of the next page; null on the last one.")]
    data: list[CampaignSummaryResponse]


class CampaignProblemsResponse(BaseModel):
    data: Annotated[list[str], Field(description="A line for each person who could not be mailed.")]


class SendAgainResponse(BaseModel):
    id: Annotated[int, Field(description="Id of the new campaign, which is a send of the triggered one.")]
    object: Literal["campaign"]
    created: bool
    data: CampaignFullResponse
    warnings: list[Warning]
