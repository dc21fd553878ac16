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
    skipped: Annotated[int, Field(description="Recipients who left, were suppressed or were deleted since the start.")]
    unknown: Annotated[
        int, Field(description="Mails of which nobody knows whether they left; they are not sent again.")
    ]
    remaining: Annotated[int, Field(description="Recipients without an outcome yet.")]
    rate: Annotated[float, Field(description="Mails a second that leave now.")]
    allowed_rate: Annotated[
        float | None,
        Field(description="Mails a second that may leave, of all campaigns together; null while SES does not say."),
    ]
    seconds_left: Annotated[int | None, Field(description="Estimated; null while nothing is being sent.")]


CampaignProgressResponse = Data[CampaignProgressFullResponse]
