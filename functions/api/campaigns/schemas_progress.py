"""Define responses: the progress of a campaign."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.http.envelopes import Data


class CampaignProgressFullResponse(BaseModel):
    """planned = sent + failed + skipped + unknown + remaining."""

    status: Annotated[str, Field(description="As in the campaign itself.")]
    suspended: bool
    paused_because: Annotated[
        str | None, Field(description="Why nothing is sent now; null while the campaign is not paused.")
    ]
    planned: Annotated[int, Field(description="Recipients; grows until `is_planned`.")]
    is_planned: Annotated[bool, Field(description="Whether all recipients are known.")]
    sent: Annotated[int, Field(description="Mails that SES has accepted.")]
    failed: Annotated[int, Field(description="Mails that SES has refused, or that could not be written.")]
    skipped: Annotated[
        int, Field(description="Recipients who were unsubscribed, suppressed or deleted since the start.")
    ]
    unknown: Annotated[
        int,
        Field(
            description="Mails that may have been sent, because the answer of SES was lost; they are not sent again."
        ),
    ]
    remaining: Annotated[int, Field(description="Recipients without an outcome yet.")]
    rate: Annotated[float, Field(description="Current number of mails a second.")]
    allowed_rate: Annotated[
        float | None,
        Field(description="Allowed number of mails a second, for all campaigns together; null if it is unknown."),
    ]
    seconds_left: Annotated[int | None, Field(description="Estimated; null while nothing is being sent.")]


CampaignProgressResponse = Data[CampaignProgressFullResponse]
