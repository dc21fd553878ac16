"""Define responses: the checks of a campaign."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.campaigns.checks.model import Level


class CampaignCheck(BaseModel):
    """A finding of the checks of a campaign."""

    code: Annotated[str, Field(description="Stable name of what was found, for programs.")]
    level: Annotated[
        Level, Field(description="`block`: scheduling refuses the campaign; `ask`: it is yours to decide.")
    ]
    loc: Annotated[
        list[str], Field(description="Path of the setting of the campaign that it is about; empty: of the account.")
    ]
    message: Annotated[str, Field(description="What was found, and what to do about it.")]
    count: Annotated[
        int | None, Field(description="The number of people, images, links, bytes or seconds that it is about.")
    ]


class CampaignChecksResponse(BaseModel):
    data: list[CampaignCheck]
